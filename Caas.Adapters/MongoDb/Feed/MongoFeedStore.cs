using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Feed;

/// <summary>
/// The feed in the collection <c>feed</c>; how far each tenant's has come and each consumer is in it, in <c>feed_heads</c>; places in the source in <c>feed_sources</c>.
/// </summary>
internal sealed class MongoFeedStore(MongoContext context, TimeProvider clock) : IFeedStore
{
    private const int ReadsAtOnce = 16;
    private readonly IMongoCollection<BsonDocument> _feed = context.Collection(Collections.Feed);
    private readonly IMongoCollection<BsonDocument> _heads = context.Collection(Collections.FeedHeads);
    private readonly IMongoCollection<BsonDocument> _sources = context.Collection(Collections.FeedSources);
    private readonly FeedAppend _append = new(context, clock);

    public async Task AppendAsync(IReadOnlyList<EntryHeader> headers, long epoch, CancellationToken cancellationToken)
    {
        if (headers.Count == 0)
        {
            return;
        }

        if (await context.FindAsync(_sources, FeedConsumers.Projector, cancellationToken) is { } place && place.Number("epoch") > epoch)
        {
            throw Fenced(FeedConsumers.Projector, epoch);
        }

        await _append.AppendAsync(headers, cancellationToken);
    }

    public async Task<IReadOnlyList<FeedItem>> ReadAsync(TenantId tenant, long after, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "position", new BsonDocument("$gt", after) } };
        var documents = await context.ListAsync(_feed, filter, new BsonDocument("position", 1), limit, cancellationToken, Indexes.FeedPosition);
        var items = documents.ConvertAll(document => new FeedItem(document.Number("position"), FeedDocument.Read(document)));
        return [.. items.TakeWhile((item, i) => item.Position == items[0].Position + i)];
    }

    public Task<long> ReadHeadAsync(TenantId tenant, CancellationToken cancellationToken) => _append.ReadHeadAsync(tenant, cancellationToken);

    public async Task<IReadOnlyList<long>> ReadHeadsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken)
    {
        if (tenants.Count == 0)
        {
            return [];
        }

        var those = new BsonDocument("_id", new BsonDocument("$in", new BsonArray(tenants.Select(tenant => tenant.Value))));
        var heads = (await context.ListAsync(_heads, those, new BsonDocument("_id", 1), limit: null, cancellationToken, fields: new BsonDocument("head", 1))).ToDictionary(document => document.Text("_id"), document => document.Number("head"), StringComparer.Ordinal);
        return [.. tenants.Select(tenant => heads.GetValueOrDefault(tenant.Value))];
    }

    public async Task<IReadOnlyList<long>> ReadLastSeqsAsync(IReadOnlyList<LogId> logs, CancellationToken cancellationToken)
    {
        var last = new long[logs.Count];
        await Parallel.ForAsync(0, logs.Count, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken }, async (i, within) =>
        {
            var newest = await context.ListAsync(_feed, EntryDocument.Filter(logs[i]), new BsonDocument("seq", -1), 1, within, Indexes.FeedEntry, new BsonDocument { { "_id", 0 }, { "seq", 1 } });
            last[i] = newest.Count == 0 ? 0 : newest[0].Number("seq");
        });
        return last;
    }

    public async Task<IReadOnlyList<FeedLag>> ReadBehindAsync(string consumer, TenantId? after, int limit, CancellationToken cancellationToken)
    {
        var position = $"{ConsumerField(consumer)}.position";
        var isBehind = new BsonDocument("$gt", new BsonArray { "$head", new BsonDocument("$ifNull", new BsonArray { "$" + position, 0L }) });
        var filter = new BsonDocument { { "_id", new BsonDocument("$gt", after?.Value ?? "") }, { "$expr", isBehind } };
        var documents = await context.ListAsync(_heads, filter, new BsonDocument("_id", 1), limit, cancellationToken, fields: new BsonDocument { { "head", 1 }, { position, 1 } });
        return documents.ConvertAll(document => new FeedLag(new(document.Text("_id")), Position(document, consumer), document.Number("head")));
    }

    public async Task<long> ReadPositionAsync(string consumer, TenantId tenant, CancellationToken cancellationToken) =>
        await context.FindAsync(_heads, tenant.Value, cancellationToken) is { } document ? Position(document, consumer) : 0;

    public async Task SavePositionAsync(string consumer, TenantId tenant, long position, long epoch, CancellationToken cancellationToken)
    {
        var field = ConsumerField(consumer);
        var mine = new BsonArray { new BsonDocument($"{field}.epoch", new BsonDocument("$lte", epoch)), new BsonDocument($"{field}.epoch", BsonNull.Value) };
        var filter = new BsonDocument { { "_id", tenant.Value }, { "$or", mine } };
        var update = new BsonDocument { { "$set", new BsonDocument($"{field}.epoch", epoch) }, { "$max", new BsonDocument($"{field}.position", position) } };
        if (!await context.RunAsync("save a position", (session, within) => GuardedUpserts.TryAsync(_heads, session, filter, update, within), cancellationToken))
        {
            throw Fenced($"{consumer} in tenant {tenant}", epoch);
        }
    }

    public async Task<SavedSourcePosition?> ReadSourcePositionAsync(string consumer, CancellationToken cancellationToken) =>
        await context.FindAsync(_sources, consumer, cancellationToken) is { } document ? new(new(document.Text("position")), document.Time("at")) : null;

    public async Task SaveSourcePositionAsync(string consumer, SourcePosition position, DateTimeOffset at, long epoch, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "_id", consumer }, { "epoch", new BsonDocument("$lte", epoch) } };
        var update = new BsonDocument("$set", new BsonDocument { { "position", position.Value }, { "at", at.ToBson() }, { "epoch", epoch } });
        if (!await context.RunAsync("save a source position", (session, within) => GuardedUpserts.TryAsync(_sources, session, filter, update, within), cancellationToken))
        {
            throw Fenced(consumer, epoch);
        }
    }

    private static FencedException Fenced(string what, long epoch) => new($"The place of {what} was saved with an epoch above {epoch}.");

    /// <summary>Where a consumer's place stands in a head: field names hold no dots and dollars.</summary>
    private static string ConsumerField(string consumer) => "consumers." + ConsumerName(consumer);

    private static string ConsumerName(string consumer) => consumer.Replace("%", "%25", StringComparison.Ordinal).Replace(".", "%2E", StringComparison.Ordinal).Replace("$", "%24", StringComparison.Ordinal);

    private static long Position(BsonDocument head, string consumer) =>
        head.GetValue("consumers", BsonNull.Value) is BsonDocument consumers && consumers.GetValue(ConsumerName(consumer), BsonNull.Value) is BsonDocument place ? place.Number("position") : 0;
}
