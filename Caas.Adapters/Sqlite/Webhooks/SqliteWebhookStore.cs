using Caas.Core.Ids;
using Caas.Core.Webhooks;

namespace Caas.Adapters.Sqlite.Webhooks;

internal sealed class SqliteWebhookStore(SqliteDatabase database) : IWebhookStore
{
    public Task SaveAsync(Webhook webhook, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            """
            INSERT INTO webhooks (tenant, id, rev, body) VALUES ($tenant, $id, $rev, $body)
            ON CONFLICT (tenant, id) DO UPDATE SET rev = excluded.rev, body = excluded.body WHERE excluded.rev > rev AND deleted = 0
            """,
            webhook.Tenant.Value, webhook.Id, webhook.Rev, WebhookJson.Write(webhook)),
        cancellationToken);

    public Task<Webhook?> FindAsync(TenantId tenant, string id, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.Find(row => WebhookJson.ReadWebhook(tenant, row.GetString(0)), "SELECT body FROM webhooks WHERE tenant = $tenant AND id = $id AND deleted = 0", tenant.Value, id),
        cancellationToken);

    public async Task<IReadOnlyList<Webhook>> ListAsync(TenantId tenant, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(row => WebhookJson.ReadWebhook(tenant, row.GetString(0)), "SELECT body FROM webhooks WHERE tenant = $tenant AND deleted = 0 ORDER BY id", tenant.Value),
        cancellationToken);

    public async Task<IReadOnlyList<TenantId>> ListTenantsAsync(TenantId? after, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(row => new TenantId(row.GetString(0)), "SELECT DISTINCT tenant FROM webhooks WHERE tenant > $after AND deleted = 0 ORDER BY tenant LIMIT $limit", after?.Value ?? "", limit),
        cancellationToken);

    public Task SetFailingAsync(TenantId tenant, string id, long rev, DateTimeOffset? since, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute("UPDATE webhooks SET failing_since = $since WHERE tenant = $tenant AND id = $id AND rev = $rev AND deleted = 0", since?.ToUnixTimeMilliseconds(), tenant.Value, id, rev),
        cancellationToken);

    public Task<DateTimeOffset?> ReadFailingAsync(TenantId tenant, string id, CancellationToken cancellationToken) => database.ReadAsync<DateTimeOffset?>(
        connection => connection.Number("SELECT failing_since FROM webhooks WHERE tenant = $tenant AND id = $id", tenant.Value, id) is { } since ? DateTimeOffset.FromUnixTimeMilliseconds(since) : null,
        cancellationToken);

    public Task RefuseAsync(TenantId tenant, string id, long rev, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute("INSERT INTO webhooks (tenant, id, rev, deleted, body) VALUES ($tenant, $id, $rev, 1, '') ON CONFLICT (tenant, id) DO NOTHING", tenant.Value, id, rev),
        cancellationToken);

    public Task DeleteAsync(TenantId tenant, string id, long rev, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            connection.Execute("DELETE FROM webhook_deliveries WHERE tenant = $tenant AND webhook = $webhook", tenant.Value, id);
            connection.Execute(
                """
                INSERT INTO webhooks (tenant, id, rev, deleted, body) VALUES ($tenant, $id, $rev, 1, '')
                ON CONFLICT (tenant, id) DO UPDATE SET rev = excluded.rev, deleted = 1, failing_since = NULL, body = '' WHERE deleted = 0
                """,
                tenant.Value, id, rev);
        },
        cancellationToken);
}
