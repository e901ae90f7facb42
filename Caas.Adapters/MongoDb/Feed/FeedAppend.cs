using System.Collections.Concurrent;
using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Feed;

/// <summary>
/// Appends to the feed as entries are appended to a log: position n + 1 is sent only when a majority is known to have n, and what a unique index refuses is settled by reading.
/// Tenants go in parallel, each in one ordered insert.
/// </summary>
internal sealed class FeedAppend(MongoContext context, TimeProvider clock)
{
    private const int TenantsAtOnce = 8;
    private const int MostRemembered = 10_000;
    private const int MostPerInsert = 1_000;
    private readonly IMongoCollection<BsonDocument> _feed = context.Collection(Collections.Feed);
    private readonly IMongoCollection<BsonDocument> _headDocuments = context.Collection(Collections.FeedHeads);
    private readonly ConcurrentDictionary<TenantId, long> _heads = new();

    public async Task AppendAsync(IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        if (_heads.Count > MostRemembered)
        {
            _heads.Clear();
        }

        var heads = new ConcurrentDictionary<TenantId, long>();
        var tenants = headers.DistinctBy(header => (header.Log, header.Seq)).GroupBy(header => header.Log.Tenant);
        await Parallel.ForEachAsync(tenants, new ParallelOptions { MaxDegreeOfParallelism = TenantsAtOnce, CancellationToken = cancellationToken }, async (tenant, within) =>
            heads[tenant.Key] = _heads[tenant.Key] = await AppendAsync(tenant.Key, tenant, within));

        // After the items: a crash in between is repaired when the same headers are appended again. Before them, a head would promise what may never come.
        var raised = heads.Select(head => (new BsonDocument("_id", head.Key.Value), new BsonDocument("$max", new BsonDocument("head", head.Value)))).ToList();
        await context.RunAsync("raise the feed's heads", (session, within) => GuardedUpserts.ApplyAsync(_headDocuments, session, raised, within), cancellationToken);
    }

    public async Task<long> ReadHeadAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var newest = await context.ListAsync(
            _feed, new BsonDocument("tenant", tenant.Value), new BsonDocument("position", -1), 1, cancellationToken, Indexes.FeedPosition, new BsonDocument { { "_id", 0 }, { "position", 1 } });
        return newest.Count == 0 ? 0 : newest[0].Number("position");
    }

    /// <returns>The tenant's head, which a majority has.</returns>
    private async Task<long> AppendAsync(TenantId tenant, IEnumerable<EntryHeader> headers, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        var left = new Queue<EntryHeader>(headers);
        var head = _heads.TryGetValue(tenant, out var known) ? known : await ReadHeadAsync(tenant, cancellationToken);
        while (left.Count > 0)
        {
            var batch = left.Take(MostPerInsert).ToList();
            if (await TryInsertAsync(batch, head, cancellationToken))
            {
                head += batch.Count;
                batch.ForEach(_ => left.Dequeue());
                continue;
            }

            if (clock.GetElapsedTime(started) > context.Options.RaceTimeout)
            {
                throw new StoreUnavailableException("MongoDB could not append to the feed: others were faster for too long.");
            }

            // Some of them stand there already, or another writer took a position: read both, of what a majority has, and go on from there.
            var standing = await ReadStandingAsync(tenant, batch, cancellationToken);
            left = new(left.Where(header => !standing.Contains((header.Log.Name, header.Seq))));
            head = await ReadHeadAsync(tenant, cancellationToken);
        }

        return head;
    }

    private Task<bool> TryInsertAsync(List<EntryHeader> batch, long head, CancellationToken cancellationToken) =>
        context.RunAsync("append to the feed", async (session, within) =>
        {
            try
            {
                await _feed.InsertManyAsync(session, batch.Select((header, i) => FeedDocument.From(header, head + 1 + i)), new InsertManyOptions { IsOrdered = true }, within);
                return true;
            }
            catch (MongoBulkWriteException exception) when (MongoFaults.IsDuplicates(exception))
            {
                return false;
            }
        }, cancellationToken);

    private async Task<HashSet<(string Log, long Seq)>> ReadStandingAsync(TenantId tenant, List<EntryHeader> batch, CancellationToken cancellationToken)
    {
        var logs = batch.GroupBy(header => header.Log.Name)
            .Select(log => new BsonDocument { { "tenant", tenant.Value }, { "log", log.Key }, { "seq", new BsonDocument("$in", new BsonArray(log.Select(header => header.Seq))) } });
        var filter = new BsonDocument("$or", new BsonArray(logs));
        var found = await context.ListAsync(_feed, filter, sort: null, limit: null, cancellationToken, fields: new BsonDocument { { "_id", 0 }, { "log", 1 }, { "seq", 1 } });
        return [.. found.Select(document => (document.Text("log"), document.Number("seq")))];
    }
}
