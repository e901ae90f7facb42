using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Members;
using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Entries;
using Caas.Core.Exports;
using Caas.Core.Ids;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Exports;

/// <summary>Looks a user up in each conversation by the indexes that stand for other reasons: rare enough to need none of its own.</summary>
internal sealed class MongoUserTraceStore(MongoContext context) : IUserTraceStore
{
    private const int AtOnce = 500;

    private static readonly BsonDocument OnlySeq = new() { { "_id", 0 }, { "seq", 1 } };
    private static readonly BsonDocument OnlyConversation = new("conversation", 1);

    private readonly IMongoCollection<BsonDocument> _conversations = context.Collection(Collections.Conversations);
    private readonly IMongoCollection<BsonDocument> _members = context.Collection(Collections.Members);
    private readonly IMongoCollection<BsonDocument> _entries = context.Collection(Collections.Entries);

    /// <summary>Who wrote fewer entries in a log is read by them; of others' logs one stretch is looked through at a time.</summary>
    internal int Few { get; init; } = 1_000;

    internal int Stretch { get; init; } = 5_000;

    public async Task<UserTraces> FindConversationsAsync(TenantId tenant, UserId user, ConversationId? after, CancellationToken cancellationToken)
    {
        // Ids go up to '/', which none holds, and its next character.
        var range = new BsonDocument { { "$gt", $"{tenant.Value}/{after?.Value}" }, { "$lt", $"{tenant.Value}0" } };
        var looked = (await context.ListAsync(_conversations, new() { { "tenant", tenant.Value }, { "_id", range } }, new("_id", 1), AtOnce, cancellationToken, fields: OnlyConversation))
            .ConvertAll(document => new ConversationId(document.Text("conversation")));
        var keys = new BsonArray(looked.Select(id => MemberDocument.Key(tenant, id, user)));
        var found = looked.Count == 0
            ? []
            : (await context.ListAsync(_members, new("_id", new BsonDocument("$in", keys)), sort: null, limit: null, cancellationToken, fields: OnlyConversation)).Select(member => member.Text("conversation")).ToHashSet();
        found.UnionWith(await FindWrittenAsync(tenant, user, [.. looked.Select(id => id.Value).Where(id => !found.Contains(id))], cancellationToken));
        return new([.. looked.Where(id => found.Contains(id.Value))], looked.Count < AtOnce ? null : looked[^1]);
    }

    public async Task<UserEntries> ReadByActorAsync(LogId log, UserId actor, long afterSeq, int limit, CancellationToken cancellationToken)
    {
        var mine = EntryDocument.Filter(log).Add("actor", actor.Value);
        var seqs = (await context.ListAsync(_entries, mine, sort: null, Few, cancellationToken, Indexes.EntryClient, OnlySeq)).ConvertAll(document => document.Number("seq"));
        if (seqs.Count < Few)
        {
            long[] left = [.. seqs.Where(seq => seq > afterSeq).Order()];
            var page = new BsonArray(left.Take(limit));
            var few = page.Count == 0 ? [] : await context.ListAsync(_entries, EntryDocument.Filter(log).Add("seq", new BsonDocument("$in", page)), new BsonDocument("seq", 1), limit, cancellationToken, Indexes.EntrySeq);
            return new(few.ConvertAll(EntryDocument.Read), left.Length > limit ? left[limit - 1] : null);
        }

        var upTo = afterSeq + Stretch;
        var filter = mine.Add("seq", new BsonDocument { { "$gt", afterSeq }, { "$lte", upTo } });
        var found = (await context.ListAsync(_entries, filter, new BsonDocument("seq", 1), limit, cancellationToken, Indexes.EntrySeq)).ConvertAll(EntryDocument.Read);
        return found.Count == limit ? new(found, found[^1].Seq) : new(found, await HasMoreAsync(log, upTo, cancellationToken) ? upTo : null);
    }

    private async Task<bool> HasMoreAsync(LogId log, long after, CancellationToken cancellationToken) =>
        (await context.ListAsync(_entries, EntryDocument.Filter(log).Add("seq", new BsonDocument("$gt", after)), new BsonDocument("seq", 1), 1, cancellationToken, Indexes.EntrySeq, OnlySeq)).Count > 0;

    /// <summary>Those of some conversations that the user appended an entry to: one question for all of them.</summary>
    private async Task<IEnumerable<string>> FindWrittenAsync(TenantId tenant, UserId user, string[] conversations, CancellationToken cancellationToken)
    {
        if (conversations.Length == 0)
        {
            return [];
        }

        BsonDocument[] pipeline =
        [
            new("$match", new BsonDocument { { "tenant", tenant.Value }, { "log", new BsonDocument("$in", new BsonArray(conversations)) }, { "actor", user.Value } }),
            new("$group", new BsonDocument("_id", "$log")),
        ];
        var options = new AggregateOptions { Hint = Indexes.EntryClient.Name, MaxTime = context.Options.ServerTimeout };
        return await context.RunAsync("find a user's conversations", async (session, within) =>
        {
            using var cursor = await _entries.AggregateAsync<BsonDocument>(session, pipeline, options, within);
            return (await cursor.ToListAsync(within)).Select(group => group.Text("_id"));
        }, cancellationToken);
    }
}
