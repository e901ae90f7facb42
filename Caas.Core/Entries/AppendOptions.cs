using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Entries;

/// <summary>The append pipeline, section <c>Caas:Append</c>.</summary>
public sealed class AppendOptions
{
    public const string Section = "Caas:Append";

    /// <summary>How many store calls may be under way at once, 1 to 256. Default: what the store gains from (<see cref="IEntryStore.UsefulConcurrentAppends"/>).</summary>
    [Range(1, 256)]
    public int? MaxConcurrentWrites { get; init; }

    /// <summary>The most entries of one store call, 1 to 1,000. Default 256.</summary>
    [Range(1, 1000)]
    public int MaxBatch { get; init; } = 256;

    /// <summary>The most entries that may wait in this process; beyond it calls are refused as <c>unavailable</c>. Default 20,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaiting { get; init; } = 20_000;

    /// <summary>How long an unknown outcome is tried again before the call is answered <c>unavailable</c>. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(10);
}

[OptionsValidator]
internal sealed partial class AppendOptionsValidator : IValidateOptions<AppendOptions>;
