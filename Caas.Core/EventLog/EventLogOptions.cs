using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.EventLog;

/// <summary>How backends may wait for what happens, section <c>Caas:EventLog</c>.</summary>
public sealed class EventLogOptions
{
    public const string Section = "Caas:EventLog";

    /// <summary>How many calls of a tenant may wait in a process; one more is <c>rate_limited</c>. Default 50.</summary>
    [Range(1, 100_000)]
    public int MaxWaitingPerTenant { get; init; } = 50;

    /// <summary>How many calls of all tenants may wait in a process; one more is <c>rate_limited</c>. Default 2,000.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaiting { get; init; } = 2_000;
}

[OptionsValidator]
internal sealed partial class EventLogOptionsValidator : IValidateOptions<EventLogOptions>;
