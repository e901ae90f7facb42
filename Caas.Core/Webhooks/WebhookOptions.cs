using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Webhooks;

/// <summary>How webhooks are told, section <c>Caas:Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    public const string Section = "Caas:Webhooks";

    /// <summary>Whether webhooks may lie in private networks and on this machine. For tests, and for networks in which every tenant may call everything. Default false.</summary>
    public bool AllowPrivateAddresses { get; init; }

    /// <summary>How many webhooks a tenant may have. Default 20.</summary>
    [Range(1, 10_000)]
    public int MaxPerTenant { get; init; } = 20;

    /// <summary>How long an attempt may take, answer included. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The pause after an event's first failed attempt; it grows fourfold up to <see cref="MaxBackoff"/>, each cut by up to a half at random. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "01:00:00")]
    public TimeSpan InitialBackoff { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest pause between two attempts of an event. Default 4 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan MaxBackoff { get; init; } = TimeSpan.FromHours(4);

    /// <summary>For how long, from its first attempt on, an event is tried again. Default 24 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan RetryFor { get; init; } = TimeSpan.FromHours(24);

    /// <summary>The longest pause of a webhook that has failed for whatever it was told; such a one is asked for one event at a time. Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan MaxPause { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A webhook that has failed for so long, without a success in between, is disabled. Default 5 days.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan DisableAfter { get; init; } = TimeSpan.FromDays(5);

    /// <summary>How many events, of different conversations, are on their way to one webhook at a time. Default 4.</summary>
    [Range(1, 100)]
    public int Parallelism { get; init; } = 4;

    /// <summary>How many attempts are under way to all webhooks, but for those that take longer than <see cref="SlowAfter"/>; a quarter as many besides to slow webhooks. Default 512.</summary>
    [Range(1, 100_000)]
    public int MaxInFlight { get; init; } = 512;

    /// <summary>The same for one tenant's webhooks. Default 32.</summary>
    [Range(1, 100_000)]
    public int MaxInFlightPerTenant { get; init; } = 32;

    /// <summary>A webhook that takes longer to answer is slow: it is asked for one event at a time until its last ten answers were quicker. Default 2 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan SlowAfter { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How many events wait for a webhook before no more are put in line; they stay in the history until there is room. Default 10,000.</summary>
    [Range(1, 1_000_000)]
    public int Window { get; init; } = 10_000;

    /// <summary>How long it is kept what became of a delivery. Default 3 days.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan KeepFor { get; init; } = TimeSpan.FromDays(3);

    /// <summary>Of how many deliveries of a webhook, the newest, it is kept what became of them. Default 10,000.</summary>
    [Range(1, 10_000_000)]
    public int Keep { get; init; } = 10_000;
}

[OptionsValidator]
internal sealed partial class WebhookOptionsValidator : IValidateOptions<WebhookOptions>;
