namespace Caas.Contracts;

/// <summary>Changes a tenant: absent fields stay.</summary>
public sealed record UpdateTenantRequest
{
    /// <summary>1 to 200 characters.</summary>
    public Optional<string> Name { get; init; }

    /// <summary>Replaces the settings as a whole.</summary>
    public Optional<TenantSettings> Settings { get; init; }
}
