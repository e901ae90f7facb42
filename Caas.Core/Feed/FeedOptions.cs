using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Feed;

/// <summary>How projector and publisher work.</summary>
public sealed class FeedOptions
{
    public const string Section = "Caas:Feed";

    /// <summary>How long an elected process holds its lease without renewing it (it renews three times as often): how long the others wait when it dies. Default 6 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How many entries go together at most. Default 500.</summary>
    [Range(1, 5_000)]
    public int BatchSize { get; init; } = 500;

    /// <summary>How long the projector lets new entries gather between one batch and the next: what comes after a quiet moment does not wait. Zero: not at all. Default 20 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan Gather { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How often somebody looks for news that nobody told of: the feed's readers in other processes than the projector's. Default 250 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>How much before the time of the last known place a rescan starts when the store has lost the place: covers clocks that disagree. Default 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan RescanMargin { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How often the repair of one log is tried before it is logged and skipped. Default 3.</summary>
    [Range(1, 20)]
    public int RepairAttempts { get; init; } = 3;

    /// <summary>After how long one repair counts as failed. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:10:00")]
    public TimeSpan RepairTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The first pause after a failure; it doubles up to <see cref="MaxBackoff"/>. Default 100 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan InitialBackoff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest pause after a failure. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How many tenants the publisher drains side by side. Default 32.</summary>
    [Range(1, 1_000)]
    public int PublishedTenants { get; init; } = 32;
}

[OptionsValidator]
internal sealed partial class FeedOptionsValidator : IValidateOptions<FeedOptions>;
