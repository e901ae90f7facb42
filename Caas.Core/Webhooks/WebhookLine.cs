using Caas.Core.EventLog;

namespace Caas.Core.Webhooks;

/// <summary>Puts in line what one webhook wants of its tenant's history: durably, before its place in the history moves on.</summary>
internal sealed class WebhookLine(WebhookStores stores, Webhook webhook, long epoch, TimeProvider clock)
{
    private const int Batch = 500;

    private readonly EventTypeFilter _filter = EventTypeFilter.Parse(webhook.Events, "events");
    private long _position;
    private long _saved;

    /// <summary>The place in the tenant's feed of one webhook.</summary>
    public static string ConsumerOf(string id) => $"webhook/{id}";

    /// <summary>What waits in the store; behind it the history goes on.</summary>
    public async Task LoadAsync(Action<WebhookDelivery> add, CancellationToken cancellationToken)
    {
        var position = Math.Max(webhook.Start, await stores.Feed.ReadPositionAsync(ConsumerOf(webhook.Id), webhook.Tenant, cancellationToken));
        long after = 0;
        while (await stores.Deliveries.ListPendingAsync(webhook.Tenant, webhook.Id, after, Batch, cancellationToken) is { Count: > 0 } some)
        {
            foreach (var delivery in some)
            {
                add(delivery);
            }

            after = some[^1].Position;
        }

        (_position, _saved) = (Math.Max(position, after), position);
    }

    /// <summary>One batch of the history.</summary>
    /// <returns>Whether there is more of it, as far as <paramref name="head"/>.</returns>
    public async Task<bool> FillAsync(long head, Action<WebhookDelivery> add, CancellationToken cancellationToken)
    {
        var items = _position < head ? await stores.Feed.ReadAsync(webhook.Tenant, _position, Batch, cancellationToken) : [];
        if (items.Count == 0)
        {
            return false;
        }

        var at = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        WebhookDelivery[] wanted = [.. items.Where(_filter.Wants).Select(item => WebhookDelivery.Of(item, at))];
        if (wanted.Length > 0)
        {
            await stores.Deliveries.AddAsync(webhook.Tenant, webhook.Id, wanted, cancellationToken);
        }

        // What it does not want is looked at once more after a restart, which costs less than a write for each of it.
        _position = items[^1].Position;
        if (wanted.Length > 0 || _position - _saved >= Batch)
        {
            await stores.Feed.SavePositionAsync(ConsumerOf(webhook.Id), webhook.Tenant, _position, epoch, cancellationToken);
            _saved = _position;
        }

        foreach (var delivery in wanted)
        {
            add(delivery);
        }

        return _position < head;
    }
}
