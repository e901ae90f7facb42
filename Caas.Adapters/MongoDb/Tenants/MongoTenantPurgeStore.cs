using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Tenants;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Tenants;

/// <summary>Every collection whose documents name their tenant is purged, step by step.</summary>
internal sealed class MongoTenantPurgeStore(MongoContext context) : ITenantPurgeStore
{
    private static readonly BsonDocument IdAlone = new("_id", 1);
    private readonly IMongoCollection<BsonDocument> _tenants = context.Collection(Collections.Tenants);

    public async Task<IReadOnlyList<TenantId>> ListDueAsync(DateTimeOffset deletedBefore, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "deletedAt", new BsonDocument { { "$ne", BsonNull.Value }, { "$lte", deletedBefore.ToBson() } } }, { "purgedAt", BsonNull.Value } };
        return (await context.ListAsync(_tenants, filter, IdAlone, limit, cancellationToken, fields: IdAlone)).ConvertAll(document => new TenantId(document.Text("_id")));
    }

    public async Task<bool> PurgeAsync(TenantId tenant, int limit, CancellationToken cancellationToken)
    {
        foreach (var name in Collections.OfTenants)
        {
            var mine = new BsonDocument("tenant", tenant.Value);
            if (name == Collections.Entries)
            {
                // The tombstone's own log stays with it.
                mine.Add("log", new BsonDocument("$ne", LogId.OfTenant(tenant).Name));
            }

            var collection = context.Collection(name);
            var some = await context.ListAsync(collection, mine, sort: null, limit, cancellationToken, fields: IdAlone);
            if (some.Count > 0)
            {
                var those = new BsonDocument { { "tenant", tenant.Value }, { "_id", new BsonDocument("$in", new BsonArray(some.Select(document => document["_id"]))) } };
                await context.RunAsync($"purge {name}", (session, within) => collection.DeleteManyAsync(session, those, cancellationToken: within), cancellationToken);
                return true;
            }
        }

        return await context.RunAsync("purge places", async (session, within) =>
        {
            var head = await context.Collection(Collections.FeedHeads).DeleteManyAsync(session, new BsonDocument("_id", tenant.Value), cancellationToken: within);
            var places = new BsonDocument("_id", new BsonDocument { { "$gte", $"retention/{tenant.Value}/" }, { "$lt", $"retention/{tenant.Value}0" } });
            var sources = await context.Collection(Collections.FeedSources).DeleteManyAsync(session, places, cancellationToken: within);
            return head.DeletedCount + sources.DeletedCount > 0;
        }, cancellationToken);
    }

    public Task FinishAsync(TenantId tenant, DateTimeOffset at, CancellationToken cancellationToken) => context.RunAsync("finish a purge", (session, within) =>
        _tenants.UpdateOneAsync(session, new BsonDocument { { "_id", tenant.Value }, { "deletedAt", new BsonDocument("$ne", BsonNull.Value) } }, new BsonDocument("$set", new BsonDocument("purgedAt", at.ToBson())), cancellationToken: within), cancellationToken);
}
