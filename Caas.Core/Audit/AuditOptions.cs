using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Audit;

/// <summary>How calls come into the audit log, section <c>Caas:Audit</c>.</summary>
public sealed class AuditOptions
{
    public const string Section = "Caas:Audit";

    /// <summary>Whether failed logins and refused administrative calls are recorded. Default true.</summary>
    public bool Refusals { get; init; } = true;

    /// <summary>How long refused calls of one kind are counted before their number is recorded. Default a minute.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many records a tenant has in an hour, per process, for each of those who prove nothing, its users and its keys; above that these are counted together, once a window. Default 120.</summary>
    [Range(1, 100_000)]
    public int MostPerHour { get; init; } = 120;

    /// <summary>After how long it counts as not known what came of an administrative call that was begun. Longer than any takes. Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan UnknownAfter { get; init; } = TimeSpan.FromMinutes(5);
}

[OptionsValidator]
internal sealed partial class AuditOptionsValidator : IValidateOptions<AuditOptions>;
