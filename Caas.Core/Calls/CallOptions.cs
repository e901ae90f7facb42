using System.ComponentModel.DataAnnotations;
using System.Text;
using Microsoft.Extensions.Options;

namespace Caas.Core.Calls;

/// <summary>Calls, section <c>Caas:Calls</c>. A tenant's own TURN servers go before those that stand here.</summary>
public sealed class CallOptions : IValidatableObject
{
    public const string Section = "Caas:Calls";

    /// <summary>STUN servers, such as <c>stun:stun.example.com</c>: up to 10. Default: none.</summary>
    public IReadOnlyList<string> StunUrls { get; init; } = [];

    /// <summary>TURN servers, such as <c>turn:turn.example.com:3478?transport=udp</c>: up to 10. Default: none.</summary>
    public IReadOnlyList<string> TurnUrls { get; init; } = [];

    /// <summary>What the TURN servers share with CaaS (coturn: <c>static-auth-secret</c>), at least 8 bytes. Needed where there are TURN servers.</summary>
    public string? TurnSecret { get; init; }

    /// <summary>How long TURN credentials hold; calls outlast them only while nothing is to be allocated anew. 1 min to 2 days. Default 12 h.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "2.00:00:00")] public TimeSpan TurnLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How long devices ring: 1 s to 5 min. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")] public TimeSpan RingTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a lost connection may take to come back into its call: 0 to 5 min. Default 20 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")] public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many may be in a call at a time: 2 to 32. Each sends to each, so more than 8 is more than most devices and networks bear. Default 8.</summary>
    [Range(2, 32)] public int MostParticipants { get; init; } = 8;

    /// <summary>When a call ends in any case: 1 min to 7 days. Default 1 day.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")] public TimeSpan Longest { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How often each replica looks for calls whose time has come, and for those of replicas that are gone: 50 ms to 1 min. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")] public TimeSpan Period { get; init; } = TimeSpan.FromSeconds(1);

    internal CallTimes Times => new(RingTime, Grace, MostParticipants, Longest);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (StunUrls.Count > IceUrls.Most || !StunUrls.All(IceUrls.IsStun))
        {
            yield return new($"{nameof(StunUrls)} must be at most {IceUrls.Most} addresses such as stun:stun.example.com:3478.", [nameof(StunUrls)]);
        }

        if (TurnUrls.Count > IceUrls.Most || !TurnUrls.All(IceUrls.IsTurn))
        {
            yield return new($"{nameof(TurnUrls)} must be at most {IceUrls.Most} addresses such as turn:turn.example.com:3478?transport=udp.", [nameof(TurnUrls)]);
        }

        if (TurnUrls.Count > 0 && Encoding.UTF8.GetByteCount(TurnSecret ?? "") < IceUrls.LeastSecret)
        {
            yield return new($"{nameof(TurnSecret)} must have at least {IceUrls.LeastSecret} bytes where there are {nameof(TurnUrls)}.", [nameof(TurnSecret)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class CallOptionsValidator : IValidateOptions<CallOptions>;
