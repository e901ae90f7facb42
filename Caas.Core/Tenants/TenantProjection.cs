using System.Text.Json;
using Caas.Core.ApiKeys;
using Caas.Core.BeforeSend;
using Caas.Core.Caching;
using Caas.Core.Calls;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Json;
using Caas.Core.Tokens;
using Caas.Core.Webhooks;

namespace Caas.Core.Tenants;

/// <summary>
/// Builds the tenant, its API keys and its revocations from its <c>$tenant</c> log. The tenant's rev says how far: it is stored last, and every step before it can be
/// repeated. Calls bring it up to date themselves; the projector repairs what a crash left.
/// </summary>
public sealed class TenantProjection(IEntryStore entries, ITenantStore tenants, IApiKeyStore keys, WebhookFold webhooks, TokenRevoker revoker) : ILogProjection
{
    private const int Batch = 200;

    /// <summary>Of many changes at once one folds them all; the others find it done.</summary>
    private readonly StripedLock<TenantId> _folding = new();

    public bool Handles(LogId log) => log == LogId.OfTenant(log.Tenant);

    public async Task RepairAsync(LogId log, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        var newest = headers.Count == 0 ? long.MaxValue : headers[^1].Seq;
        if (await tenants.FindAsync(log.Tenant, cancellationToken) is not { } tenant || tenant.Rev < newest)
        {
            await FoldAsync(log.Tenant, newest, cancellationToken);
        }
    }

    /// <summary>Folds what the log holds, unless the tenant holds <paramref name="atLeast"/> already.</summary>
    /// <returns>The tenant; null: its log is empty.</returns>
    public Task<Tenant?> FoldAsync(TenantId id, long atLeast, CancellationToken cancellationToken) =>
        _folding.RunAsync(id, async () =>
        {
            var tenant = await tenants.FindAsync(id, cancellationToken);
            return tenant?.Rev >= atLeast ? tenant : await FoldAsync(LogId.OfTenant(id), tenant, cancellationToken);
        }, cancellationToken);

    private async Task<Tenant?> FoldAsync(LogId log, Tenant? tenant, CancellationToken cancellationToken)
    {
        while (true)
        {
            var batch = await entries.ReadAfterAsync(log, tenant?.Rev ?? 0, Batch, cancellationToken);
            foreach (var entry in batch)
            {
                tenant = (await ApplyAsync(tenant, entry, cancellationToken)) with { Rev = entry.Seq };
            }

            if (batch.Count > 0)
            {
                await tenants.SaveAsync(tenant!, cancellationToken);
            }

            if (batch.Count < Batch)
            {
                return tenant;
            }
        }
    }

    private async Task<Tenant> ApplyAsync(Tenant? tenant, Entry entry, CancellationToken cancellationToken)
    {
        if (entry.Type == SystemEntryTypes.TenantCreated)
        {
            var created = Data(entry).Deserialize(IdentityJsonContext.Default.TenantCreatedData)!;
            return new() { Id = entry.Log.Tenant, Name = created.Name, Settings = created.Settings, CreatedAt = entry.At, Rev = entry.Seq };
        }

        var current = tenant ?? throw new InvalidOperationException($"The log {entry.Log} does not start with {SystemEntryTypes.TenantCreated}.");
        switch (entry.Type)
        {
            case SystemEntryTypes.TenantChanged:
                var changed = Data(entry).Deserialize(IdentityJsonContext.Default.TenantChangedData)!;
                return current with { Name = changed.Name ?? current.Name, Settings = changed.Settings ?? current.Settings, Quotas = changed.Quotas ?? current.Quotas };
            case SystemEntryTypes.BlocklistChanged:
                return current with { Blocklist = Data(entry).Deserialize(IdentityJsonContext.Default.BlocklistChangedData)!.Blocklist };
            case SystemEntryTypes.TurnServersChanged:
                var turn = Data(entry).Deserialize(IdentityJsonContext.Default.TurnServersChangedData)!;
                return current with { TurnServers = new(turn.StunUrls, turn.TurnUrls, turn.Secret?.Sealed, turn.CredentialSeconds) };
            case SystemEntryTypes.DeliveryAccountChanged:
                var account = Data(entry).Deserialize(IdentityJsonContext.Default.DeliveryAccountChangedData)!;
                var others = current.Delivery.Where(known => known.Channel != account.Channel);
                return current with { Delivery = [.. account.Name is { } name ? others.Append(new(account.Channel, name, account.Secret!.Sealed, entry.At)) : others] };
            case SystemEntryTypes.TenantDeleted:
                await revoker.TenantDeletedAsync(entry, cancellationToken);
                return current with { DeletedAt = current.DeletedAt ?? entry.At, TokenSecret = null, TurnServers = TurnServers.None, Delivery = [], BeforeSend = null };
            case SystemEntryTypes.TokenSecretCreated:
                var secret = Data(entry).Deserialize(IdentityJsonContext.Default.TokenSecretCreatedData)!;
                return current with { TokenSecret = new(secret.Kid, secret.Secret.Sealed, entry.At) };
            case SystemEntryTypes.TokenSecretDeleted:
                return current with { TokenSecret = null };
            case SystemEntryTypes.TokensRevoked:
                await revoker.ApplyAsync(entry, Data(entry).Deserialize(IdentityJsonContext.Default.TokensRevokedData)!, cancellationToken);
                return current;
            case SystemEntryTypes.ApiKeyCreated or SystemEntryTypes.ApiKeyRotated or SystemEntryTypes.ApiKeyRevoked:
                await SaveKeyAsync(entry, cancellationToken);
                return current;
            default:
                if (WebhookFold.Handles(entry.Type))
                {
                    await webhooks.ApplyAsync(entry, Data(entry), cancellationToken);
                }

                return BeforeSendFold.Handles(entry.Type) ? current with { BeforeSend = BeforeSendFold.Apply(current.BeforeSend, entry, Data(entry)) } : current; // A newer version's: what it means is that version's to project.
        }
    }

    private async Task SaveKeyAsync(Entry entry, CancellationToken cancellationToken)
    {
        var data = Data(entry);
        if (entry.Type == SystemEntryTypes.ApiKeyCreated)
        {
            await keys.SaveAsync(ApiKeyFold.Create(entry, data.Deserialize(IdentityJsonContext.Default.ApiKeyCreatedData)!), cancellationToken);
            return;
        }

        var id = data.GetProperty("id").GetString()!;
        if (await keys.FindAsync(id, cancellationToken) is { } key && key.Tenant == entry.Log.Tenant && key.Rev < entry.Seq)
        {
            await keys.SaveAsync(ApiKeyFold.Apply(key, entry, data), cancellationToken);
        }
    }

    private static JsonElement Data(Entry entry) => entry.Data ?? throw new InvalidOperationException($"Entry {entry.Log}/{entry.Seq} of type {entry.Type} has no data.");
}
