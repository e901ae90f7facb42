using System.Text.Json.Serialization.Metadata;
using Caas.Core.ApiKeys;
using Caas.Core.Callers;
using Caas.Core.Entries;

namespace Caas.Core.Tenants;

/// <summary>Changes what is projected from a <c>$tenant</c> log: entry first, then the projection, then the caches of this process.</summary>
public sealed class TenantWriter(ReservedLogs logs, TenantProjection projection, ITenantStore tenants, TenantDirectory directory, ApiKeyDirectory keys)
{
    /// <summary>The tenant as it is now, not as it was cached.</summary>
    /// <exception cref="RefusedException"><c>tenant_not_found</c>, also when it is deleted.</exception>
    public async Task<Tenant> RequireAsync(TenantId id, CancellationToken cancellationToken) =>
        await tenants.FindAsync(id, cancellationToken) is { DeletedAt: null } tenant ? tenant : throw Refusal.TenantNotFound.AsException();

    /// <returns>The tenant after the entry (and perhaps later ones).</returns>
    internal async Task<Tenant> AppendAsync<T>(Caller caller, TenantId id, string type, T data, JsonTypeInfo<T> typeInfo, CancellationToken cancellationToken, bool onlyFirst = false)
    {
        Entry entry;
        try
        {
            entry = await logs.AppendAsync(caller, LogId.OfTenant(id), type, data, typeInfo, cancellationToken, onlyFirst);
        }
        catch (RefusedException refused) when (onlyFirst && refused.Refusal == Refusal.IdTaken)
        {
            await projection.FoldAsync(id, long.MaxValue, cancellationToken); // Perhaps whoever took it died before it was projected.
            throw new RefusedException(Refusal.IdTaken, Refusal.IdTaken.Title) { ExistingId = id.Value };
        }

        // The entry is durable: what follows is finished even if the caller has gone.
        var tenant = await projection.FoldAsync(id, entry.Seq, CancellationToken.None);
        directory.Forget(id);
        return tenant ?? throw new InvalidOperationException($"The log of tenant {id} is empty after an append.");
    }

    /// <summary>Drops a key from this process's cache after it was changed.</summary>
    internal void Forget(string keyId) => keys.Forget(keyId);
}
