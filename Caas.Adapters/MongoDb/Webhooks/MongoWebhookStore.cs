using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Ids;
using Caas.Core.Webhooks;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Webhooks;

/// <summary>Webhooks in the collection <c>webhooks</c>. <c>_id</c> is <c>tenant/webhook</c>. A deleted one leaves what names it and the rev of its deletion (<c>deleted</c>: true).</summary>
internal sealed class MongoWebhookStore(MongoContext context) : IWebhookStore
{
    /// <summary>So many documents are read to find the next tenants; each tenant has few.</summary>
    private const int Scanned = 1_000;

    private readonly IMongoCollection<BsonDocument> _webhooks = context.Collection(Collections.Webhooks);
    private readonly IMongoCollection<BsonDocument> _deliveries = context.Collection(Collections.WebhookDeliveries);

    public Task SaveAsync(Webhook webhook, CancellationToken cancellationToken)
    {
        var filter = Filter(webhook.Tenant, webhook.Id).Add("deleted", BsonNull.Value).Add("rev", new BsonDocument("$lt", webhook.Rev));
        var update = new BsonDocument("$set", new BsonDocument { { "rev", webhook.Rev }, { "body", WebhookJson.Write(webhook) } });
        return context.RunAsync("store a webhook", (session, within) => GuardedUpserts.TryAsync(_webhooks, session, filter, update, within), cancellationToken);
    }

    public async Task<Webhook?> FindAsync(TenantId tenant, string id, CancellationToken cancellationToken) =>
        await context.FindAsync(_webhooks, Filter(tenant, id).Add("deleted", BsonNull.Value), cancellationToken) is { } document ? WebhookJson.ReadWebhook(tenant, document.Text("body")) : null;

    public async Task<IReadOnlyList<Webhook>> ListAsync(TenantId tenant, CancellationToken cancellationToken) =>
        (await context.ListAsync(_webhooks, new BsonDocument { { "tenant", tenant.Value }, { "deleted", BsonNull.Value } }, new BsonDocument("webhook", 1), limit: null, cancellationToken, Indexes.WebhookByTenant)).ConvertAll(document => WebhookJson.ReadWebhook(tenant, document.Text("body")));

    public async Task<IReadOnlyList<TenantId>> ListTenantsAsync(TenantId? after, int limit, CancellationToken cancellationToken)
    {
        var found = new List<TenantId>();
        var last = after?.Value ?? "";
        while (found.Count < limit)
        {
            var some = await context.ListAsync(_webhooks, new BsonDocument { { "tenant", new BsonDocument("$gt", last) }, { "deleted", BsonNull.Value } }, new BsonDocument { { "tenant", 1 }, { "webhook", 1 } }, Scanned, cancellationToken, Indexes.WebhookByTenant, new BsonDocument("tenant", 1));
            if (some.Count == 0)
            {
                break;
            }

            found.AddRange(some.Select(document => document.Text("tenant")).Distinct().Take(limit - found.Count).Select(tenant => new TenantId(tenant)));
            last = found[^1].Value;
        }

        return found;
    }

    public Task SetFailingAsync(TenantId tenant, string id, long rev, DateTimeOffset? since, CancellationToken cancellationToken) => context.RunAsync(
        "say that a webhook fails",
        (session, within) => _webhooks.UpdateOneAsync(session, Filter(tenant, id).Add("deleted", BsonNull.Value).Add("rev", rev), new BsonDocument("$set", new BsonDocument("failingSince", since.ToBson())), cancellationToken: within),
        cancellationToken);

    public async Task<DateTimeOffset?> ReadFailingAsync(TenantId tenant, string id, CancellationToken cancellationToken) =>
        (await context.FindAsync(_webhooks, Filter(tenant, id), cancellationToken))?.TimeOrNull("failingSince");

    public Task RefuseAsync(TenantId tenant, string id, long rev, CancellationToken cancellationToken)
    {
        var refused = new BsonDocument { { "rev", rev }, { "deleted", true }, { "body", "" } };
        return context.RunAsync("refuse a webhook", (session, within) => GuardedUpserts.TryAsync(_webhooks, session, Filter(tenant, id).Add("rev", BsonNull.Value), new BsonDocument("$set", refused), within), cancellationToken);
    }

    public Task DeleteAsync(TenantId tenant, string id, long rev, CancellationToken cancellationToken) => context.RunAsync(
        "delete a webhook",
        async (session, within) =>
        {
            await _deliveries.DeleteManyAsync(session, new BsonDocument { { "tenant", tenant.Value }, { "webhook", id } }, cancellationToken: within);
            var gone = new BsonDocument { { "rev", rev }, { "deleted", true }, { "failingSince", BsonNull.Value }, { "body", "" } };
            await GuardedUpserts.TryAsync(_webhooks, session, Filter(tenant, id).Add("deleted", BsonNull.Value), new BsonDocument("$set", gone), within);
        },
        cancellationToken);

    private static BsonDocument Filter(TenantId tenant, string id) => new() { { "_id", $"{tenant}/{id}" }, { "tenant", tenant.Value }, { "webhook", id } };
}
