using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Ids;
using Caas.Core.Timed;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Timed;

/// <summary>Items in the collection <c>timed</c>. <c>_id</c> is <c>tenant/kind/place/id</c>.</summary>
internal sealed class MongoTimedStore(MongoContext context) : ITimedStore
{
    private readonly IMongoCollection<BsonDocument> _timed = context.Collection(Collections.Timed);

    public Task AddAsync(TimedItem item, CancellationToken cancellationToken) => context.RunAsync(
        "store what is to be done",
        (session, within) => _timed.UpdateOneAsync(session, Filter(item.Place, item.Id), new BsonDocument("$setOnInsert", Fields(item)), new UpdateOptions { IsUpsert = true }, within),
        cancellationToken);

    public async Task<TimedItem?> FindAsync(TimedPlace place, string id, CancellationToken cancellationToken) =>
        await context.FindAsync(_timed, Filter(place, id), cancellationToken) is { } document ? Read(document) : null;

    public async Task<IReadOnlyList<TimedItem>> ListAsync(TimedPlace place, TimedOwner owner, string? after, int limit, CancellationToken cancellationToken)
    {
        var filter = Filter(place, owner).Add("item", new BsonDocument("$gt", after ?? ""));
        return (await context.ListAsync(_timed, filter, new BsonDocument("item", 1), limit, cancellationToken, Indexes.TimedItem)).ConvertAll(Read);
    }

    public async Task<int> CountAsync(TimedPlace place, TimedOwner owner, CancellationToken cancellationToken)
    {
        BsonDocument[] pipeline = [new("$match", Filter(place, owner)), new("$group", new BsonDocument { { "_id", BsonNull.Value }, { "count", new BsonDocument("$sum", 1) } })];
        var options = new AggregateOptions { Hint = Indexes.TimedItem.Name, MaxTime = context.Options.ServerTimeout };
        return await context.RunAsync("count what is to be done", async (session, within) =>
        {
            using var cursor = await _timed.AggregateAsync<BsonDocument>(session, pipeline, options, within);
            return (await cursor.ToListAsync(within)) is [var counted] ? (int)counted.Number("count") : 0;
        }, cancellationToken);
    }

    public async Task<IReadOnlyList<TimedItem>> ListDueAsync(string kind, IReadOnlyCollection<TenantId> except, DateTimeOffset at, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "waiting", true }, { "dueAt", new BsonDocument("$lte", at.ToBson()) }, { "kind", kind } };
        if (except.Count > 0)
        {
            filter.Add("tenant", new BsonDocument("$nin", new BsonArray(except.Select(tenant => tenant.Value))));
        }

        return (await context.ListAsync(_timed, filter, new BsonDocument("dueAt", 1), limit, cancellationToken, Indexes.TimedDue)).ConvertAll(Read);
    }

    public async Task<IReadOnlyList<TimedItem>> ListSetAsideAsync(TenantId tenant, string kind, DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "waiting", false }, { "tenant", tenant.Value }, { "kind", kind }, { "dueAt", new BsonDocument("$lt", before.ToBson()) } };
        return (await context.ListAsync(_timed, filter, new BsonDocument("dueAt", 1), limit, cancellationToken, Indexes.TimedSetAside)).ConvertAll(Read);
    }

    public Task<bool> PutOffAsync(TimedPlace place, string id, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        var change = until is { } at ? new BsonDocument("dueAt", at.ToBson()) : new BsonDocument("waiting", false);
        return ChangeAsync(Filter(place, id), change, cancellationToken);
    }

    public Task<bool> ReplaceAsync(TimedItem read, TimedItem item, CancellationToken cancellationToken) =>
        ChangeAsync(Filter(read.Place, read.Id).Merge(Changing(read)), Changing(item), cancellationToken);

    public Task<bool> DeleteAsync(TimedPlace place, string id, CancellationToken cancellationToken) => context.RunAsync(
        "delete what is to be done",
        async (session, within) => (await _timed.DeleteOneAsync(session, Filter(place, id), cancellationToken: within)).DeletedCount == 1,
        cancellationToken);

    public Task DeleteAllAsync(TimedPlace place, CancellationToken cancellationToken) => context.RunAsync(
        "delete what is to be done",
        (session, within) => _timed.DeleteManyAsync(session, Filter(place, TimedOwner.Everybody), cancellationToken: within),
        cancellationToken);

    private Task<bool> ChangeAsync(BsonDocument filter, BsonDocument fields, CancellationToken cancellationToken) => context.RunAsync(
        "change what is to be done",
        async (session, within) => (await _timed.UpdateOneAsync(session, filter, new BsonDocument("$set", fields), cancellationToken: within)).MatchedCount == 1,
        cancellationToken);

    private static BsonDocument Filter(TimedPlace place, TimedOwner owner)
    {
        var filter = new BsonDocument { { "tenant", place.Tenant.Value }, { "kind", place.Kind }, { "place", place.Name } };
        return owner.IsEverybody ? filter : filter.Add("owner", owner.User is { } user ? user.Value : BsonNull.Value);
    }

    private static BsonDocument Filter(TimedPlace place, string id) =>
        new BsonDocument("_id", $"{place.Tenant.Value}/{place.Kind}/{place.Name}/{id}").Merge(Filter(place, TimedOwner.Everybody)).Add("item", id);

    private static BsonDocument Fields(TimedItem item) => new BsonDocument("owner", item.Owner is { } owner ? owner.Value : BsonNull.Value).Merge(Changing(item));

    /// <summary>What changes of an item in its life.</summary>
    private static BsonDocument Changing(TimedItem item) => new()
    {
        { "dueAt", item.DueAt.ToBson() },
        { "waiting", item.Waiting },
        { "body", item.Body },
    };

    private static TimedItem Read(BsonDocument document) => new(
        new(new TenantId(document.Text("tenant")), document.Text("kind"), document.Text("place")),
        document.Text("item"),
        document.TextOrNull("owner") is { } owner ? new UserId(owner) : null,
        document.Time("dueAt"),
        document.Flag("waiting"),
        document.Text("body"));
}
