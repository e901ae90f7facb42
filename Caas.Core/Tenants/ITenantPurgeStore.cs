namespace Caas.Core.Tenants;

/// <summary>Removes what deleted tenants leave behind. The tenant itself stays as a tombstone with its own log, so that its id is never given again; so do revocations, until they end by themselves.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface ITenantPurgeStore
{
    /// <summary>Tenants that were deleted at <paramref name="deletedBefore"/> or earlier and are not finished, by id ascending (ordinal).</summary>
    Task<IReadOnlyList<TenantId>> ListDueAsync(DateTimeOffset deletedBefore, int limit, CancellationToken cancellationToken);

    /// <summary>Removes at most about <paramref name="limit"/> rows of a deleted tenant, of whatever kind. Safe to repeat.</summary>
    /// <returns>Whether there may be more.</returns>
    Task<bool> PurgeAsync(TenantId tenant, int limit, CancellationToken cancellationToken);

    /// <summary>Nothing is left: it is not listed any more.</summary>
    Task FinishAsync(TenantId tenant, DateTimeOffset at, CancellationToken cancellationToken);
}
