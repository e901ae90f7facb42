using Caas.Core.Entries;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Entries;

/// <summary>The two reads by which appends learn what is stored: of what a majority has, at or after everything this process knows of.</summary>
internal sealed class EntryLookups(MongoContext context)
{
    private const int MostPerRead = 100;
    private readonly IMongoCollection<BsonDocument> _entries = context.Collection(Schema.Collections.Entries);

    /// <summary>The newest place of a log; 0, 0 when it is empty.</summary>
    public Task<LogTail> ReadTailAsync(LogId log, CancellationToken cancellationToken) =>
        context.RunAsync("read the end of a log", async (session, within) =>
        {
            var options = new FindOptions<BsonDocument>
            {
                Hint = Schema.Indexes.EntrySeq.Name,
                Sort = EntryDocument.BySeq(ascending: false),
                Projection = new BsonDocument { { "_id", 0 }, { "seq", 1 }, { "messageNo", 1 } },
                Limit = 1,
                MaxTime = context.Options.ServerTimeout,
            };
            using var cursor = await _entries.FindAsync(session, EntryDocument.Filter(log), options, within);
            var newest = await cursor.FirstOrDefaultAsync(within);
            return newest is null ? default : new LogTail(newest.Number("seq"), newest.Number("messageNo"));
        }, cancellationToken);

    /// <summary>Whether an entry with this id is stored in the log.</summary>
    public Task<bool> HasAsync(LogId log, string entryId, CancellationToken cancellationToken) =>
        context.RunAsync("look for an entry", async (session, within) =>
        {
            var filter = new BsonDocument("_id", EntryDocument.Key(log, entryId)).Merge(EntryDocument.Filter(log));
            var options = new FindOptions<BsonDocument> { Projection = new BsonDocument("_id", 1), Limit = 1, MaxTime = context.Options.ServerTimeout };
            using var cursor = await _entries.FindAsync(session, filter, options, within);
            return await cursor.AnyAsync(within);
        }, cancellationToken);

    /// <summary>Those of some drafts of one log whose client id is stored, by (actor, client id).</summary>
    public Task<Dictionary<(string? Actor, string ClientId), Entry>> FindAsync(LogId log, IReadOnlyList<EntryDraft> drafts, CancellationToken cancellationToken) =>
        context.RunAsync("look for client ids", async (session, within) =>
        {
            var found = new Dictionary<(string?, string), Entry>();
            foreach (var some in drafts.Chunk(MostPerRead))
            {
                // Each branch names the log: so each is a point of the unique index by itself, and a router knows the shard.
                var keys = some.Select(draft => EntryDocument.Filter(log).Add("actor", draft.ActorId.OrNull()).Add("clientId", draft.ClientMessageId)).ToList();
                var filter = keys.Count == 1 ? keys[0] : new BsonDocument("$or", new BsonArray(keys));
                using var cursor = await _entries.FindAsync(session, filter, new FindOptions<BsonDocument> { MaxTime = context.Options.ServerTimeout }, within);
                await cursor.ForEachAsync(document =>
                {
                    var entry = EntryDocument.Read(document);
                    found[(entry.ActorId, entry.ClientMessageId)] = entry;
                }, within);
            }

            return found;
        }, cancellationToken);
}
