namespace Caas.Core.ApiKeys;

/// <summary>API keys as projected from the tenants' logs.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IApiKeyStore
{
    /// <summary>The key with this id, of whatever tenant, also when revoked; null: none.</summary>
    Task<ApiKey?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Stores the key when the stored rev is below its own; <see cref="ApiKey.LastUsedAt"/> stays as stored.</summary>
    /// <returns>Whether it was.</returns>
    Task<bool> SaveAsync(ApiKey key, CancellationToken cancellationToken);

    /// <summary>The tenant's keys, revoked ones too, by id ascending (ordinal), after <paramref name="after"/>.</summary>
    Task<IReadOnlyList<ApiKey>> ListAsync(TenantId tenant, string? after, int limit, CancellationToken cancellationToken);

    /// <summary>Notes when a key was last used; a later stored time stays.</summary>
    Task TouchAsync(string id, DateTimeOffset usedAt, CancellationToken cancellationToken);

    /// <summary>How many keys of the tenant are neither revoked nor expired.</summary>
    Task<long> CountActiveAsync(TenantId tenant, DateTimeOffset now, CancellationToken cancellationToken);
}
