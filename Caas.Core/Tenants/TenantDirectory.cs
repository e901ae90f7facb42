using Caas.Core.Caching;

namespace Caas.Core.Tenants;

/// <summary>Tenants for the hot path: cached for at most 3 s, so that a deletion or a new setting counts everywhere within 5 s.</summary>
public sealed class TenantDirectory(ITenantStore store, TimeProvider clock)
{
    internal static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(3);

    private readonly TimedCache<TenantId, Tenant> _tenants = new(id => store.FindAsync(id, CancellationToken.None), Lifetime, 10_000, clock);

    /// <summary>The tenant, unless there is none or it is deleted.</summary>
    /// <exception cref="Entries.StoreUnavailableException">It is not cached, and the store cannot be asked.</exception>
    public async ValueTask<Tenant?> FindAsync(TenantId id, CancellationToken cancellationToken) =>
        await _tenants.GetAsync(id, cancellationToken) is { DeletedAt: null } tenant ? tenant : null;

    /// <summary>Drops what is cached: it was just changed here.</summary>
    public void Forget(TenantId id) => _tenants.Forget(id);
}
