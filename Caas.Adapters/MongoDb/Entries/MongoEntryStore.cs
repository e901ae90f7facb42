using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Json;
using Caas.Core.Messages;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Entries;

/// <summary>The logs in the collection <c>entries</c>.</summary>
internal sealed class MongoEntryStore(MongoContext context, MongoMetrics metrics, TimeProvider clock) : IEntryStore
{
    private readonly IMongoCollection<BsonDocument> _entries = context.Collection(Schema.Collections.Entries);
    private readonly EntryLookups _lookups = new(context);
    private readonly EntryWriter _writer = new(context, metrics, clock);

    /// <summary>How many logs' tails are remembered.</summary>
    public int RememberedLogs => _writer.RememberedLogs;

    public Task<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<EntryDraft> drafts, CancellationToken cancellationToken) =>
        _writer.AppendAsync(drafts, cancellationToken);

    public Task<LogTail> ReadTailAsync(LogId log, CancellationToken cancellationToken) => _lookups.ReadTailAsync(log, cancellationToken);

    public async Task<IReadOnlyList<Entry>> ReadAfterAsync(LogId log, long afterSeq, int limit, CancellationToken cancellationToken)
    {
        var filter = EntryDocument.Filter(log).Add("seq", new BsonDocument("$gt", afterSeq));
        var entries = await ReadAsync(filter, Schema.Indexes.EntrySeq, ascending: true, limit, cancellationToken);
        var dense = entries.TakeWhile((entry, i) => entry.Seq == entries[0].Seq + i).Count();
        return dense == entries.Count ? entries : entries[..dense];
    }

    public async Task<IReadOnlyList<Entry>> ReadManyAsync(LogId log, IReadOnlyCollection<long> seqs, CancellationToken cancellationToken)
    {
        var filter = EntryDocument.Filter(log).Add("seq", new BsonDocument("$in", new BsonArray(seqs)));
        return seqs.Count == 0 ? [] : await ReadAsync(filter, Schema.Indexes.EntrySeq, ascending: true, seqs.Count, cancellationToken);
    }

    public async Task<IReadOnlyList<Entry>> ReadManyAsync(TenantId tenant, IReadOnlyCollection<(LogId Log, long Seq)> places, CancellationToken cancellationToken)
    {
        // Each branch by itself goes by the index of places.
        var filter = new BsonDocument("$or", new BsonArray(places.Select(place => EntryDocument.Filter(place.Log).Set("tenant", tenant.Value).Add("seq", place.Seq))));
        return places.Count == 0 ? [] : await ReadAsync(filter, index: null, ascending: true, places.Count, cancellationToken);
    }

    public async Task<Entry?> FindAsync(LogId log, string entryId, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument("_id", EntryDocument.Key(log, entryId)).Merge(EntryDocument.Filter(log));
        return (await ReadAsync(filter, index: null, ascending: true, 1, cancellationToken)).FirstOrDefault();
    }

    public async Task<Entry?> FindByClientIdAsync(LogId log, string? actor, string clientId, CancellationToken cancellationToken)
    {
        var filter = EntryDocument.Filter(log).Add("actor", actor.OrNull()).Add("clientId", clientId);
        return (await ReadAsync(filter, index: null, ascending: true, 1, cancellationToken)).FirstOrDefault();
    }

    public async Task<IReadOnlyList<Entry>> ReadMessagesAsync(LogId log, Direction direction, long from, int limit, CancellationToken cancellationToken)
    {
        var newer = direction == Direction.Newer;
        var filter = EntryDocument.Filter(log).Add("target", EntryTarget.Message).Add("seq", new BsonDocument(newer ? "$gt" : "$lt", from));
        return await ReadAsync(filter, Schema.Indexes.EntryTargets, ascending: newer, limit, cancellationToken);
    }

    public async Task<IReadOnlyList<Entry>> ReadChangesAsync(LogId log, long target, long afterSeq, int limit, CancellationToken cancellationToken)
    {
        var filter = EntryDocument.Filter(log).Add("target", target).Add("seq", new BsonDocument("$gt", afterSeq));
        return await ReadAsync(filter, Schema.Indexes.EntryTargets, ascending: true, limit, cancellationToken);
    }

    public Task<bool> FoldAsync(LogId log, long messageSeq, long expectedRev, MessageState state, long rev, CancellationToken cancellationToken)
    {
        var filter = EntryDocument.Filter(log).Add("seq", messageSeq).Add("target", EntryTarget.Message).Add("rev", expectedRev);
        var message = MongoJson.Write(state, CoreJsonContext.Default.MessageState);

        // A deletion is final; and nobody counts a message that is shadowed, deleted or not.
        var update = new BsonDocument("$set", new BsonDocument { { "message", message }, { "deleted", true, state.DeletedAt is not null }, { "rev", rev } });
        return context.RunAsync("fold a change", async (session, within) =>
            (await _entries.UpdateOneAsync(session, filter, update, cancellationToken: within)).MatchedCount == 1, cancellationToken);
    }

    public Task EraseChangesAsync(LogId log, long messageSeq, CancellationToken cancellationToken)
    {
        var filter = EntryDocument.Filter(log).Add("target", messageSeq);
        var update = new BsonDocument("$unset", new BsonDocument("data", ""));
        return messageSeq < 1 ? Task.CompletedTask : context.RunAsync("erase changes", (session, within) => _entries.UpdateManyAsync(session, filter, update, cancellationToken: within), cancellationToken);
    }

    private Task<List<Entry>> ReadAsync(BsonDocument filter, Schema.Index? index, bool ascending, int limit, CancellationToken cancellationToken)
    {
        var options = new FindOptions<BsonDocument>
        {
            Hint = index?.Name,
            Sort = index is null ? null : EntryDocument.BySeq(ascending),
            Limit = limit,
            MaxTime = context.Options.ServerTimeout,
        };
        return limit < 1 ? Task.FromResult<List<Entry>>([]) : context.RunAsync("read entries", async (session, within) =>
        {
            using var cursor = await _entries.FindAsync(session, filter, options, within);
            return (await cursor.ToListAsync(within)).ConvertAll(EntryDocument.Read);
        }, cancellationToken);
    }
}
