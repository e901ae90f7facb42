using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Realtime;

/// <summary>A realtime replica.</summary>
public sealed class RealtimeOptions : IValidatableObject
{
    public const string Section = "Caas:Realtime";

    /// <summary>The port to listen on, 1 to 65,535; 0: any free one. Default 3002; containers listen on 3001.</summary>
    [Range(0, 65_535)] public int Port { get; init; } = 3002;

    /// <summary>What negotiate redirects clients to: an absolute http(s) URL without the hub's path. Default: <c>http://localhost:</c> and the bound port.</summary>
    [Url] public string? PublicUrl { get; init; }

    /// <summary>How many messages may wait for one connection before it is cut off, 10 to 100,000. Default 2,000.</summary>
    [Range(10, 100_000)] public int QueueMessages { get; init; } = 2_000;

    /// <summary>How many bytes may wait for one connection before it is cut off, 64 KiB to 1 GiB. Default 4 MiB.</summary>
    [Range(65_536, 1_073_741_824)] public int QueueBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long one write may wait for a client to read before it is cut off, while more waits or not. Default 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")] public TimeSpan StalledAfter { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a missing entry is waited for before it is read from the log. Default 200 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:02")] public TimeSpan Hold { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How long a connection goes on after its token has ended, for the client to call <c>Authenticate</c>. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")] public TimeSpan TokenGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The time over which a stopping replica closes its connections, 0 to 25 s; calls that run have as long again to end, at most 1 s. Default 1.5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:25")] public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>Threads that the process's pool starts without hesitation, 0 to 1,000; 0, the default, leaves the pool as it is: more made delivery slower (decision 65).</summary>
    [Range(0, 1000)] public int MinThreads { get; init; }

    /// <summary>Addresses or CIDR ranges of reverse proxies whose <c>X-Forwarded-For</c> is believed, for the audit log. Default: none.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => ServiceDefaults.TrustedProxies.Validate(TrustedProxies, nameof(TrustedProxies));
}

[OptionsValidator]
internal sealed partial class RealtimeOptionsValidator : IValidateOptions<RealtimeOptions>;
