namespace Caas.Core.Webhooks;

/// <summary>Webhooks, projected from the tenants' logs.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IWebhookStore
{
    /// <summary>Stores a webhook, unless the stored one has the same or a higher rev or is deleted. Whether it fails stays as it is.</summary>
    Task SaveAsync(Webhook webhook, CancellationToken cancellationToken);

    Task<Webhook?> FindAsync(TenantId tenant, string id, CancellationToken cancellationToken);

    /// <summary>A tenant's, by id ascending (ordinal).</summary>
    Task<IReadOnlyList<Webhook>> ListAsync(TenantId tenant, CancellationToken cancellationToken);

    /// <summary>Tenants that have a webhook, by id ascending (ordinal), after <paramref name="after"/>.</summary>
    Task<IReadOnlyList<TenantId>> ListTenantsAsync(TenantId? after, int limit, CancellationToken cancellationToken);

    /// <summary>Since when every attempt has failed; null: it does not. Nothing where there is no such webhook of this rev: what is said of a former address is not the present one's.</summary>
    Task SetFailingAsync(TenantId tenant, string id, long rev, DateTimeOffset? since, CancellationToken cancellationToken);

    Task<DateTimeOffset?> ReadFailingAsync(TenantId tenant, string id, CancellationToken cancellationToken);

    /// <summary>Takes the id of one that is not to be, unless it is stored already: as if it had been deleted by the entry that made it.</summary>
    Task RefuseAsync(TenantId tenant, string id, long rev, CancellationToken cancellationToken);

    /// <summary>
    /// Removes it and its deliveries, for ever: nothing but its id and the rev of its deletion stays (which no other method shows), so that whoever folds late does not bring it back. Safe to repeat.
    /// </summary>
    Task DeleteAsync(TenantId tenant, string id, long rev, CancellationToken cancellationToken);
}

/// <summary>What is on its way to webhooks, and what became of it: at once the queue and the record.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IWebhookDeliveryStore
{
    /// <summary>Stores new ones, in this order; those whose id is there stay as they are. When it throws, the first of them may be stored.</summary>
    Task AddAsync(TenantId tenant, string webhook, IReadOnlyList<WebhookDelivery> deliveries, CancellationToken cancellationToken);

    /// <summary>Replaces one whose <see cref="WebhookDelivery.Rev"/> is the one before; see <see cref="WebhookRecord"/>.</summary>
    /// <returns>False: somebody else has changed it since, or it is gone.</returns>
    Task<bool> TryUpdateAsync(TenantId tenant, string webhook, WebhookDelivery delivery, CancellationToken cancellationToken);

    Task<WebhookDelivery?> FindAsync(TenantId tenant, string webhook, string id, CancellationToken cancellationToken);

    /// <summary>Those of a few that are there, in any order.</summary>
    Task<IReadOnlyList<WebhookDelivery>> FindAsync(TenantId tenant, string webhook, IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>By <see cref="WebhookDelivery.Place"/> descending; those below <paramref name="before"/>.</summary>
    Task<IReadOnlyList<WebhookDelivery>> ListAsync(TenantId tenant, string webhook, string? before, int limit, CancellationToken cancellationToken);

    /// <summary>Those of events that are pending, by position ascending, after a position.</summary>
    Task<IReadOnlyList<WebhookDelivery>> ListPendingAsync(TenantId tenant, string webhook, long after, int limit, CancellationToken cancellationToken);

    /// <summary>Removes all of one webhook.</summary>
    Task ClearAsync(TenantId tenant, string webhook, CancellationToken cancellationToken);

    /// <summary>Removes all but the newest <paramref name="keep"/> of a webhook, unless they are pending.</summary>
    Task PruneAsync(TenantId tenant, string webhook, int keep, CancellationToken cancellationToken);

    /// <summary>Removes what is not pending and was put in line before a time, of all webhooks, also of those that are gone: the oldest first.</summary>
    /// <returns>How many; fewer than <paramref name="limit"/>: that was all.</returns>
    Task<int> ForgetAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken);
}
