namespace Caas.Core.Tenants;

/// <summary>Tenants as projected from their <c>$tenant</c> logs.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface ITenantStore
{
    /// <summary>The tenant, also when it is deleted; null: there never was one.</summary>
    Task<Tenant?> FindAsync(TenantId id, CancellationToken cancellationToken);

    /// <summary>Stores the tenant when the stored rev is below its own.</summary>
    /// <returns>Whether it was.</returns>
    Task<bool> SaveAsync(Tenant tenant, CancellationToken cancellationToken);

    /// <summary>Tenants that are not deleted, by id ascending (ordinal), after <paramref name="after"/>.</summary>
    Task<IReadOnlyList<Tenant>> ListAsync(TenantId? after, int limit, CancellationToken cancellationToken);
}
