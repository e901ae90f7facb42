using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Events;

/// <summary>How consumers of events work, on either bus.</summary>
public sealed class EventBusOptions
{
    public const string Section = "Caas:Events";

    /// <summary>How often a record is tried before it goes to <c>internal.dlq</c>. Default 8: with the default pauses, over 25 s.</summary>
    [Range(1, 100)]
    public int Attempts { get; init; } = 8;

    /// <summary>The pause after the first failed attempt; it doubles up to <see cref="MaxBackoff"/>. Default 200 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan InitialBackoff { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest pause between attempts. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>After how long an attempt is cancelled and counts as failed. Default 2 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan HandlerTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many handlers of one consumer run side by side, each for another key. Default 16.</summary>
    [Range(1, 1_000)]
    public int Parallelism { get; init; } = 16;

    /// <summary>How many records of a tenant's feed (of a partition) are under way before no more are fetched. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int Window { get; init; } = 1_000;

    /// <summary>Over the feed: how many tenants one consumer works on at a time. Default 16.</summary>
    [Range(1, 1_000)]
    public int Tenants { get; init; } = 16;

    /// <summary>Over the feed: how long a consumer stays with a tenant that has nothing new before it gives its lease back. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Over the feed: how long a consumer stays with a busy tenant while others wait. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan Turn { get; init; } = TimeSpan.FromSeconds(5);
}

[OptionsValidator]
internal sealed partial class EventBusOptionsValidator : IValidateOptions<EventBusOptions>;
