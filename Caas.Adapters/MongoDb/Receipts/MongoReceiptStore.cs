using System.Collections.Concurrent;
using Caas.Adapters.MongoDb.Conversations;
using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Members;
using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.OwnViews;
using Caas.Core.Receipts;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Receipts;

/// <summary>Cursors in the documents of <c>members</c>: a list of conversations reads them with the member. They rise by <c>$max</c>, in one bulk write.</summary>
internal sealed class MongoReceiptStore(MongoContext context) : IReceiptStore
{
    private const int PerRead = 500;
    private const int LogsAtOnce = 8;

    /// <summary>So many entries of senders are counted, in the index alone, before it is decided how to go.</summary>
    private const int MostOfSenders = 1_000;

    private static readonly BsonDocument Places = new() { { "_id", 0 }, { "seq", 1 }, { "messageNo", 1 } };

    private readonly IMongoCollection<BsonDocument> _members = context.Collection(Collections.Members);
    private readonly IMongoCollection<BsonDocument> _conversations = context.Collection(Collections.Conversations);
    private readonly IMongoCollection<BsonDocument> _entries = context.Collection(Collections.Entries);

    public async Task<IReadOnlyList<MovedCursors>> MoveAsync(IReadOnlyList<CursorMove> moves, CancellationToken cancellationToken)
    {
        var standing = (await FindAsync([.. moves.Select(move => MemberDocument.Key(move.Log.Tenant, new(move.Log.Name), move.User))], cancellationToken))
            .Where(member => !member.Removed).ToDictionary(member => (LogId.Of(member.Tenant, member.Conversation), member.User));
        CursorMove[] forward = [.. moves.Where(move => standing.TryGetValue((move.Log, move.User), out var member) && (move.ReadSeq > member.ReadSeq || Math.Max(move.DeliveredSeq, move.ReadSeq) > member.DeliveredSeq || (move.ReadSeq > 0 && member.View.MarkedUnread)))];
        if (forward.Length == 0)
        {
            return [];
        }

        var messageNos = await ReadMessageNosAsync(forward.Where(move => move.ReadMessageNo is null && move.ReadSeq > standing[(move.Log, move.User)].ReadSeq), cancellationToken);
        await context.RunAsync("move cursors", (session, within) => _members.BulkWriteAsync(
            session,
            forward.Select(move => new UpdateOneModel<BsonDocument>(
                MemberDocument.Filter(move.Log.Tenant, new(move.Log.Name), move.User).Add("removed", false),
                Update(move, move.ReadMessageNo ?? messageNos.GetValueOrDefault((move.Log, move.ReadSeq))))),
            new BulkWriteOptions { IsOrdered = false },
            within), cancellationToken);

        // Of several for one member the furthest.
        return [.. forward.GroupBy(move => (move.Log, move.User)).Select(member => Moved(standing[member.Key], [.. member]))];
    }

    public async Task<IReadOnlyList<long>> CountDeletedAsync(IReadOnlyList<LogStretch> stretches, CancellationToken cancellationToken)
    {
        var counts = new long[stretches.Count];
        var ofLogs = Enumerable.Range(0, counts.Length).GroupBy(i => stretches[i].Log);
        await Parallel.ForEachAsync(ofLogs, new ParallelOptions { MaxDegreeOfParallelism = LogsAtOnce, CancellationToken = cancellationToken }, async (ofLog, token) =>
        {
            // One read for all stretches of a log: they overlap, and deleted messages are few.
            var (after, upTo) = (ofLog.Min(i => stretches[i].After), ofLog.Max(i => stretches[i].UpTo));
            var filter = EntryDocument.Filter(ofLog.Key).Add("seq", new BsonDocument { { "$gt", after }, { "$lte", upTo } }).Add("target", EntryTarget.Message).Add("deleted", true);
            var deleted = (await context.ListAsync(_entries, filter, sort: null, limit: null, token, Indexes.EntryDeleted, new BsonDocument { { "_id", 0 }, { "seq", 1 } })).ConvertAll(document => document.Number("seq"));
            foreach (var i in ofLog)
            {
                counts[i] = deleted.LongCount(seq => seq > stretches[i].After && seq <= stretches[i].UpTo);
            }
        });
        return counts;
    }

    public async Task<IReadOnlyList<long>> CountSentAsync(IReadOnlyList<SentStretch> stretches, CancellationToken cancellationToken)
    {
        var counts = new long[stretches.Count];
        await Parallel.ForAsync(0, counts.Length, new ParallelOptions { MaxDegreeOfParallelism = LogsAtOnce, CancellationToken = cancellationToken }, async (i, token) =>
        {
            counts[i] = await CountSentAsync(stretches[i], token);
        });
        return counts;
    }

    /// <summary>By whoever is less: what the senders wrote in the log, or what the stretch holds.</summary>
    private async Task<long> CountSentAsync(SentStretch sent, CancellationToken cancellationToken)
    {
        var ((log, after, upTo), length) = (sent.Stretch, sent.Stretch.UpTo - sent.Stretch.After);
        if (sent.Senders.Count == 0 || length <= 0)
        {
            return 0;
        }

        var few = (int)Math.Min(length, MostOfSenders);
        var bySenders = EntryDocument.Filter(log).Add("actor", new BsonDocument("$in", sent.Senders.ToBson()));
        var wrote = (await context.ListAsync(_entries, bySenders, sort: null, few, cancellationToken, Indexes.EntryClient, new BsonDocument { { "_id", 0 }, { "clientId", 1 } })).Count;
        if (wrote == 0)
        {
            return 0;
        }

        var filter = bySenders.Add("target", EntryTarget.Message).Add("seq", new BsonDocument { { "$gt", after }, { "$lte", upTo } });
        var messages = await context.ListAsync(_entries, filter, sort: null, limit: null, cancellationToken, wrote < few || length > MostOfSenders ? Indexes.EntryClient : Indexes.EntryTargets, new BsonDocument { { "_id", 0 }, { "deleted", 1 } });
        return messages.LongCount(message => !message.GetValue("deleted", false).ToBoolean());
    }

    public async Task<IReadOnlyList<UnreadConversation>> ListUnreadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "user", user.Value }, { "removed", false } };
        var members = (await context.ListAsync(_members, filter, sort: null, limit: null, cancellationToken, Indexes.MemberByUser)).ConvertAll(MemberDocument.Read).ToDictionary(member => member.Conversation);
        var behind = new List<Conversation>();
        foreach (var some in members.Keys.Chunk(PerRead))
        {
            var among = new BsonDocument { { "tenant", tenant.Value }, { "deletedAt", BsonNull.Value }, { "_id", new BsonDocument("$in", new BsonArray(some.Select(id => ConversationDocument.Key(tenant, id)))) } };
            behind.AddRange((await context.ListAsync(_conversations, among, sort: null, limit: null, cancellationToken)).Select(ConversationDocument.Read)
                .Where(conversation => IsBehind(conversation, members[conversation.Id])));
        }

        // Cursors are read again after the summaries: of one's own messages none lies behind them then.
        var now = (await FindAsync([.. behind.Select(conversation => MemberDocument.Key(tenant, conversation.Id, user))], cancellationToken)).ToDictionary(member => member.Conversation);
        (Conversation Conversation, Member Member)[] open =
            [.. behind.Where(conversation => now.TryGetValue(conversation.Id, out var member) && !member.Removed && IsBehind(conversation, member)).Select(conversation => (conversation, now[conversation.Id]))];
        var deleted = await CountDeletedAsync([.. open.Select(one => new LogStretch(one.Conversation.Log, one.Member.ReadSeq, one.Conversation.Summary.LastSeq))], cancellationToken);
        return [.. open.Select((one, i) => new UnreadConversation(one.Conversation.Id, Math.Max(0, one.Conversation.Summary.LastMessageNo - one.Member.ReadMessageNo - deleted[i]), one.Member.View.MarkedUnread, one.Member.ReadSeq, one.Conversation.Summary.LastSeq))
            .Where(conversation => conversation.Unread > 0 || conversation.MarkedUnread)];
    }

    public async Task<IReadOnlyList<MovedCursors>> ListReachedAsync(LogId log, long messageSeq, UserId? after, int limit, CancellationToken cancellationToken)
    {
        var filter = MemberDocument.Filter(log.Tenant, new(log.Name)).Add("removed", false).Add("user", new BsonDocument("$gt", after?.Value ?? ""))
            .Add("joinedSeq", new BsonDocument("$lt", messageSeq)).Add("deliveredSeq", new BsonDocument("$gte", messageSeq));
        return (await context.ListAsync(_members, filter, new BsonDocument("user", 1), limit, cancellationToken, Indexes.MemberByConversation))
            .ConvertAll(document => new MovedCursors(log, new(document.Text("user")), document.Number("deliveredSeq"), document.Number("readSeq")));
    }

    private static BsonDocument Update(CursorMove move, long messageNo)
    {
        var cursors = new BsonDocument("deliveredSeq", Math.Max(move.DeliveredSeq, move.ReadSeq));
        return move.ReadSeq > 0
            ? new() { { "$max", cursors.Add("readSeq", move.ReadSeq).Add("readMessageNo", messageNo) }, { "$set", new BsonDocument("markedUnread", false) } }
            : new("$max", cursors);
    }

    private static bool IsBehind(Conversation conversation, Member member) =>
        (conversation.Summary.LastMessageNo > member.ReadMessageNo || member.View.MarkedUnread) && OwnViewFilter.Plain.Matches(member.View, conversation.Summary.LastMessageSeq);

    private static MovedCursors Moved(Member member, IReadOnlyList<CursorMove> moves)
    {
        var read = Math.Max(member.ReadSeq, moves.Max(move => move.ReadSeq));
        return new(moves[0].Log, member.User, Math.Max(member.DeliveredSeq, Math.Max(read, moves.Max(move => move.DeliveredSeq))), read);
    }

    private async Task<List<Member>> FindAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var found = new List<Member>(keys.Count);
        foreach (var some in keys.Distinct().Chunk(PerRead))
        {
            found.AddRange((await context.ListAsync(_members, new BsonDocument("_id", new BsonDocument("$in", new BsonArray(some))), sort: null, some.Length, cancellationToken)).Select(MemberDocument.Read));
        }

        return found;
    }

    private async Task<IReadOnlyDictionary<(LogId Log, long Seq), long>> ReadMessageNosAsync(IEnumerable<CursorMove> moves, CancellationToken cancellationToken)
    {
        var places = new ConcurrentDictionary<(LogId, long), long>();
        await Parallel.ForEachAsync(moves.GroupBy(move => move.Log), new ParallelOptions { MaxDegreeOfParallelism = LogsAtOnce, CancellationToken = cancellationToken }, async (ofLog, token) =>
        {
            foreach (var seqs in ofLog.Select(move => move.ReadSeq).Distinct().Chunk(PerRead))
            {
                var filter = EntryDocument.Filter(ofLog.Key).Add("seq", new BsonDocument("$in", new BsonArray(seqs)));
                foreach (var place in await context.ListAsync(_entries, filter, sort: null, seqs.Length, token, Indexes.EntrySeq, Places))
                {
                    places[(ofLog.Key, place.Number("seq"))] = place.Number("messageNo");
                }
            }
        });
        return places;
    }
}
