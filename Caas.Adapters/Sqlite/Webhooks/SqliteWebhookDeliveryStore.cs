using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Webhooks;

namespace Caas.Adapters.Sqlite.Webhooks;

internal sealed class SqliteWebhookDeliveryStore(SqliteDatabase database) : IWebhookDeliveryStore
{
    private const string Of = "tenant = $tenant AND webhook = $webhook";

    public Task AddAsync(TenantId tenant, string webhook, IReadOnlyList<WebhookDelivery> deliveries, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            foreach (var delivery in deliveries)
            {
                connection.Execute(
                    "INSERT INTO webhook_deliveries (tenant, webhook, id, place, position, pending, rev, body) VALUES ($tenant, $webhook, $id, $place, $position, $pending, $rev, $body) ON CONFLICT DO NOTHING",
                    tenant.Value, webhook, delivery.Id, delivery.Place, delivery.Position, Pending(delivery), delivery.Rev, WebhookJson.Write(delivery));
            }
        },
        cancellationToken);

    public Task<bool> TryUpdateAsync(TenantId tenant, string webhook, WebhookDelivery delivery, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            $"UPDATE webhook_deliveries SET pending = $pending, rev = $rev, body = $body WHERE {Of} AND id = $id AND rev = $before",
            Pending(delivery), delivery.Rev, WebhookJson.Write(delivery), tenant.Value, webhook, delivery.Id, delivery.Rev - 1) > 0,
        cancellationToken);

    public Task<WebhookDelivery?> FindAsync(TenantId tenant, string webhook, string id, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.Find(row => WebhookJson.ReadDelivery(row.GetString(0)), $"SELECT body FROM webhook_deliveries WHERE {Of} AND id = $id", tenant.Value, webhook, id),
        cancellationToken);

    public async Task<IReadOnlyList<WebhookDelivery>> FindAsync(TenantId tenant, string webhook, IReadOnlyList<string> ids, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => ids.SelectMany(id => connection.List(row => WebhookJson.ReadDelivery(row.GetString(0)), $"SELECT body FROM webhook_deliveries WHERE {Of} AND id = $id", tenant.Value, webhook, id)).ToList(),
        cancellationToken);

    public async Task<IReadOnlyList<WebhookDelivery>> ListAsync(TenantId tenant, string webhook, string? before, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => before is null
            ? connection.List(row => WebhookJson.ReadDelivery(row.GetString(0)), $"SELECT body FROM webhook_deliveries WHERE {Of} ORDER BY place DESC LIMIT $limit", tenant.Value, webhook, limit)
            : connection.List(row => WebhookJson.ReadDelivery(row.GetString(0)), $"SELECT body FROM webhook_deliveries WHERE {Of} AND place < $before ORDER BY place DESC LIMIT $limit", tenant.Value, webhook, before, limit),
        cancellationToken);

    public async Task<IReadOnlyList<WebhookDelivery>> ListPendingAsync(TenantId tenant, string webhook, long after, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => WebhookJson.ReadDelivery(row.GetString(0)),
            $"SELECT body FROM webhook_deliveries WHERE {Of} AND pending = 1 AND position > $after ORDER BY position LIMIT $limit",
            tenant.Value, webhook, after, limit),
        cancellationToken);

    public Task ClearAsync(TenantId tenant, string webhook, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute($"DELETE FROM webhook_deliveries WHERE {Of}", tenant.Value, webhook), cancellationToken);

    public Task PruneAsync(TenantId tenant, string webhook, int keep, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            var first = connection.Find(row => row.GetString(0), $"SELECT place FROM webhook_deliveries WHERE {Of} ORDER BY place DESC LIMIT 1 OFFSET $keep", tenant.Value, webhook, keep);
            if (first is not null)
            {
                connection.Execute($"DELETE FROM webhook_deliveries WHERE {Of} AND place <= $first AND pending = 0", tenant.Value, webhook, first);
            }
        },
        cancellationToken);

    public Task<int> ForgetAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            """
            DELETE FROM webhook_deliveries WHERE (tenant, webhook, id) IN
              (SELECT tenant, webhook, id FROM webhook_deliveries WHERE pending = 0 AND place < $end ORDER BY place LIMIT $limit)
            """,
            WebhookDelivery.PlaceOf(before), limit),
        cancellationToken);

    private static int Pending(WebhookDelivery delivery) => delivery.State == WebhookDeliveryState.Pending ? 1 : 0;
}
