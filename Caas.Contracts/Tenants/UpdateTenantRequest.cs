using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>Changes a tenant: absent fields stay.</summary>
public sealed record UpdateTenantRequest
{
    /// <summary>1 to 200 characters.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<string> Name { get; init; }

    /// <summary>Replaces the settings as a whole.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<TenantSettings> Settings { get; init; }

    /// <summary>Replaces the quotas as a whole; null: none. For the platform admin.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<TenantQuotas> Quotas { get; init; }
}
