using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Schema;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Threads;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Threads;

/// <summary>Threads in the collection <c>entries</c>, by an index of those few that belong to one.</summary>
internal sealed class MongoThreadStore(MongoContext context) : IThreadStore
{
    private readonly IMongoCollection<BsonDocument> _entries = context.Collection(Collections.Entries);

    public async Task<IReadOnlyList<Entry>> ReadChangesAsync(LogId log, long messageSeq, long afterSeq, int limit, CancellationToken cancellationToken)
    {
        var own = await ReadOwnAsync(log, messageSeq, afterSeq, limit, cancellationToken);
        var thread = await ReadAsync(Filter(log, messageSeq).Add("seq", new BsonDocument("$gt", afterSeq)), Indexes.EntryThreads, ascending: true, limit, cancellationToken);
        if (thread.Count == 0)
        {
            // Read after the others: none of it stands before them.
            return own;
        }

        // Logs are dense: what stands at or before anything seen by now was stored by now, and the second look at the message's own changes finds all of it.
        var upTo = Math.Max(own is [.., var last] ? last.Seq : 0, thread[^1].Seq);
        return ThreadChanges.Merge(await ReadOwnAsync(log, messageSeq, afterSeq, limit, cancellationToken), thread, limit, upTo);
    }

    public async Task<IReadOnlyList<Entry>> ReadRepliesAsync(LogId log, long messageSeq, Direction direction, long from, int limit, CancellationToken cancellationToken)
    {
        var newer = direction == Direction.Newer;
        var filter = Filter(log, messageSeq).Add("seq", new BsonDocument(newer ? "$gt" : "$lt", from)).Add("target", EntryTarget.Message);
        return await ReadAsync(filter, Indexes.EntryThreads, ascending: newer, limit, cancellationToken);
    }

    public async Task<ThreadCount> CountAsync(LogId log, long messageSeq, long upToSeq, int first, CancellationToken cancellationToken)
    {
        BsonDocument[] pipeline =
        [
            new("$match", Filter(log, messageSeq).Add("seq", new BsonDocument("$lte", upToSeq)).Add("target", EntryTarget.Message).Add("deleted", false)),
            new("$group", new BsonDocument
            {
                { "_id", "$actor" },
                { "count", new BsonDocument("$sum", 1) },
                { "since", new BsonDocument("$min", "$seq") },
                { "last", new BsonDocument("$max", "$at") },
            }),
            new("$sort", new BsonDocument("since", 1)),
        ];
        var options = new AggregateOptions { Hint = Indexes.EntryThreads.Name, MaxTime = context.Options.ServerTimeout };
        var senders = await context.RunAsync("count replies", async (session, within) =>
        {
            using var cursor = await _entries.AggregateAsync<BsonDocument>(session, pipeline, options, within);
            return await cursor.ToListAsync(within);
        }, cancellationToken);
        var people = senders.Select(sender => sender.TextOrNull("_id")).OfType<string>().ToList();
        return senders.Count == 0
            ? new(0, null)
            : new((int)senders.Sum(sender => sender.Number("count")), new ThreadSummary([.. people.Take(first)], people.Count, senders.Max(sender => sender.Time("last"))));
    }

    private static BsonDocument Filter(LogId log, long messageSeq) => EntryDocument.Filter(log).Add("thread", messageSeq);

    private Task<List<Entry>> ReadOwnAsync(LogId log, long messageSeq, long afterSeq, int limit, CancellationToken cancellationToken) =>
        ReadAsync(EntryDocument.Filter(log).Add("target", messageSeq).Add("seq", new BsonDocument("$gt", afterSeq)), Indexes.EntryTargets, ascending: true, limit, cancellationToken);

    private async Task<List<Entry>> ReadAsync(BsonDocument filter, Schema.Index index, bool ascending, int limit, CancellationToken cancellationToken) =>
        limit < 1 ? [] : (await context.ListAsync(_entries, filter, new BsonDocument("seq", ascending ? 1 : -1), limit, cancellationToken, index)).ConvertAll(EntryDocument.Read);
}
