using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.RateLimits;

/// <summary>How much a caller may ask. 0 turns a limit off. A tenant's own settings go first.</summary>
public sealed class RateLimitOptions
{
    public const string Section = "Caas:RateLimits";

    /// <summary>REST requests per API key and minute. Default 6,000.</summary>
    [Range(0, 1_000_000_000)] public int PerKeyPerMinute { get; init; } = 6_000;

    /// <summary>REST requests per user and minute. Default 300.</summary>
    [Range(0, 1_000_000_000)] public int PerUserPerMinute { get; init; } = 300;

    /// <summary>Messages (and other entries) over the hub per user and second; a burst may have twice as many. Default 20.</summary>
    [Range(0, 1_000_000)] public int HubMessagesPerSecond { get; init; } = 20;

    /// <summary>Typing calls over the hub per user and second. Default 10.</summary>
    [Range(0, 1_000_000)] public int HubTypingPerSecond { get; init; } = 10;

    /// <summary>Joins and reads over the hub per user and second. Default 20.</summary>
    [Range(0, 1_000_000)] public int HubJoinsPerSecond { get; init; } = 20;

    /// <summary>Calls that a user starts, or invites others to, per minute: what rings at others. All of a minute's may come at once. Default 10.</summary>
    [Range(0, 1_000_000)] public int HubCallsPerMinute { get; init; } = 10;
}

[OptionsValidator]
internal sealed partial class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>;
