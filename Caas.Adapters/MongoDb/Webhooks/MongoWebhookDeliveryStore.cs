using Caas.Adapters.MongoDb.Schema;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Webhooks;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Webhooks;

/// <summary>Deliveries in the collection <c>webhook_deliveries</c>. <c>_id</c> is <c>tenant/webhook/delivery</c>.</summary>
internal sealed class MongoWebhookDeliveryStore(MongoContext context) : IWebhookDeliveryStore
{
    private readonly IMongoCollection<BsonDocument> _deliveries = context.Collection(Collections.WebhookDeliveries);

    public Task AddAsync(TenantId tenant, string webhook, IReadOnlyList<WebhookDelivery> deliveries, CancellationToken cancellationToken) => deliveries.Count == 0 ? Task.CompletedTask : context.RunAsync(
        "put deliveries in line",
        (session, within) => _deliveries.BulkWriteAsync(
            session,
            deliveries.Select(delivery => new UpdateOneModel<BsonDocument>(Filter(tenant, webhook, delivery.Id), new BsonDocument("$setOnInsert", Fields(delivery).Merge(new BsonDocument { { "place", delivery.Place }, { "position", delivery.Position } }))) { IsUpsert = true }),
            new BulkWriteOptions { IsOrdered = true },
            within),
        cancellationToken);

    public Task<bool> TryUpdateAsync(TenantId tenant, string webhook, WebhookDelivery delivery, CancellationToken cancellationToken) => context.RunAsync(
        "say what became of a delivery",
        async (session, within) =>
        {
            // A row of an earlier version has none.
            var before = delivery.Rev == 1 ? new BsonDocument("$in", new BsonArray { 0L, BsonNull.Value }) : new BsonDocument("$eq", delivery.Rev - 1);
            return (await _deliveries.UpdateOneAsync(session, Filter(tenant, webhook, delivery.Id).Add("rev", before), new BsonDocument("$set", Fields(delivery)), cancellationToken: within)).MatchedCount > 0;
        },
        cancellationToken);

    public async Task<WebhookDelivery?> FindAsync(TenantId tenant, string webhook, string id, CancellationToken cancellationToken) =>
        await context.FindAsync(_deliveries, Filter(tenant, webhook, id), cancellationToken) is { } document ? Read(document) : null;

    public async Task<IReadOnlyList<WebhookDelivery>> FindAsync(TenantId tenant, string webhook, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var those = Filter(tenant, webhook).Add("_id", new BsonDocument("$in", new BsonArray(ids.Select(id => Key(tenant, webhook, id)))));
        return (await context.ListAsync(_deliveries, those, new BsonDocument("_id", 1), limit: null, cancellationToken)).ConvertAll(Read);
    }

    public async Task<IReadOnlyList<WebhookDelivery>> ListAsync(TenantId tenant, string webhook, string? before, int limit, CancellationToken cancellationToken)
    {
        var filter = Filter(tenant, webhook);
        return (await context.ListAsync(_deliveries, before is null ? filter : filter.Add("place", new BsonDocument("$lt", before)), new BsonDocument("place", -1), limit, cancellationToken, Indexes.WebhookDeliveryPlace)).ConvertAll(Read);
    }

    public async Task<IReadOnlyList<WebhookDelivery>> ListPendingAsync(TenantId tenant, string webhook, long after, int limit, CancellationToken cancellationToken) =>
        (await context.ListAsync(_deliveries, Filter(tenant, webhook).Add("pending", true).Add("position", new BsonDocument("$gt", after)), new BsonDocument("position", 1), limit, cancellationToken, Indexes.WebhookDeliveryPending)).ConvertAll(Read);

    public Task ClearAsync(TenantId tenant, string webhook, CancellationToken cancellationToken) =>
        context.RunAsync("forget a webhook's deliveries", (session, within) => _deliveries.DeleteManyAsync(session, Filter(tenant, webhook), cancellationToken: within), cancellationToken);

    public async Task PruneAsync(TenantId tenant, string webhook, int keep, CancellationToken cancellationToken)
    {
        var places = await context.ListAsync(_deliveries, Filter(tenant, webhook), new BsonDocument("place", -1), keep + 1, cancellationToken, Indexes.WebhookDeliveryPlace, new BsonDocument("place", 1));
        if (places.Count > keep)
        {
            await context.RunAsync(
                "forget what became of a webhook's older deliveries",
                (session, within) => _deliveries.DeleteManyAsync(session, Filter(tenant, webhook).Add("place", new BsonDocument("$lte", places[keep].Text("place"))).Add("pending", false), cancellationToken: within),
                cancellationToken);
        }
    }

    public async Task<int> ForgetAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        var old = new BsonDocument { { "pending", false }, { "place", new BsonDocument("$lt", WebhookDelivery.PlaceOf(before)) } };
        var some = await context.ListAsync(_deliveries, old, new BsonDocument("place", 1), limit, cancellationToken, Indexes.WebhookDeliveryDone, new BsonDocument("_id", 1));
        if (some.Count > 0)
        {
            var those = new BsonDocument("_id", new BsonDocument("$in", new BsonArray(some.Select(document => document["_id"]))));
            await context.RunAsync("forget what became of old deliveries", (session, within) => _deliveries.DeleteManyAsync(session, those, cancellationToken: within), cancellationToken);
        }

        return some.Count;
    }

    private static BsonDocument Filter(TenantId tenant, string webhook) => new() { { "tenant", tenant.Value }, { "webhook", webhook } };

    private static BsonDocument Filter(TenantId tenant, string webhook, string id) => new() { { "_id", Key(tenant, webhook, id) }, { "tenant", tenant.Value }, { "webhook", webhook }, { "delivery", id } };

    private static string Key(TenantId tenant, string webhook, string id) => $"{tenant}/{webhook}/{id}";

    private static BsonDocument Fields(WebhookDelivery delivery) => new() { { "pending", delivery.State == WebhookDeliveryState.Pending }, { "rev", delivery.Rev }, { "body", WebhookJson.Write(delivery) } };

    private static WebhookDelivery Read(BsonDocument document) => WebhookJson.ReadDelivery(document.Text("body"));
}
