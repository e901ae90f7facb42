using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Caas.Core.Tenants;

/// <summary>When deleted tenants are purged, section <c>Caas:TenantPurge</c>.</summary>
public sealed class TenantPurgeOptions
{
    public const string Section = "Caas:TenantPurge";

    /// <summary>How long after its deletion: time for consumers of events to hear of it, and for live connections to end. Default 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "365.00:00:00")]
    public TimeSpan After { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How often somebody looks. Default 1 minute.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);
}

[OptionsValidator]
internal sealed partial class TenantPurgeOptionsValidator : IValidateOptions<TenantPurgeOptions>;
