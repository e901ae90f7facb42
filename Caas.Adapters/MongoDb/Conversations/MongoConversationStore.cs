using System.Collections.Concurrent;
using Caas.Adapters.MongoDb.Members;
using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.OwnViews;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Conversations;

/// <summary>
/// Conversations in the collection <c>conversations</c>. A user's list sorts the activity of all of the user's conversations; keeping the activity in every member's document
/// instead would make each message cost a write per member.
/// </summary>
internal sealed class MongoConversationStore(MongoContext context) : IConversationStore
{
    private const int IdsPerRead = 500;
    private const int ReadsAtOnce = 4;
    private static readonly BsonDocument LatestFirst = new() { { "lastActivityAt", -1 }, { "conversation", -1 } };
    private readonly IMongoCollection<BsonDocument> _conversations = context.Collection(Collections.Conversations);
    private readonly IMongoCollection<BsonDocument> _members = context.Collection(Collections.Members);

    public async Task<Conversation?> FindAsync(TenantId tenant, ConversationId id, CancellationToken cancellationToken) =>
        await context.FindAsync(_conversations, ConversationDocument.Filter(tenant, id), cancellationToken) is { } document ? ConversationDocument.Read(document) : null;

    public async Task<IReadOnlyList<Conversation>> FindManyAsync(TenantId tenant, IReadOnlyCollection<ConversationId> ids, CancellationToken cancellationToken)
    {
        var keys = new BsonArray(ids.Select(id => ConversationDocument.Key(tenant, id)));
        return (await context.ListAsync(_conversations, new BsonDocument { { "_id", new BsonDocument("$in", keys) }, { "tenant", tenant.Value } }, sort: null, ids.Count, cancellationToken)).ConvertAll(ConversationDocument.Read);
    }

    public Task<bool> FoldAsync(Conversation conversation, long? expectedRev, IReadOnlyList<Member> members, CancellationToken cancellationToken) =>
        context.RunAsync("fold a conversation", async (session, within) =>
        {
            await GuardedUpserts.ApplyAsync(_members, session, [.. members.Select(MemberDocument.Upsert)], within);
            var active = MemberDocument.Filter(conversation.Tenant, conversation.Id).Add("removed", false);
            var count = await _members.CountDocumentsAsync(session, active, new CountOptions { Hint = Indexes.MemberByConversation.Name, MaxTime = context.Options.ServerTimeout }, within);
            var stored = conversation with { MemberCount = (int)count };
            return expectedRev is { } rev ? await UpdateAsync(session, stored, rev, within) : await _conversations.TryInsertAsync(session, ConversationDocument.From(stored), within);
        }, cancellationToken);

    public Task SummarizeAsync(IReadOnlyList<(TenantId Tenant, ConversationId Id, ConversationSummary Summary)> summaries, CancellationToken cancellationToken) =>
        summaries.Count == 0 ? Task.CompletedTask : context.RunAsync("raise summaries", (session, within) => _conversations.BulkWriteAsync(
            session,
            summaries.Select(item => new UpdateOneModel<BsonDocument>(ConversationDocument.Filter(item.Tenant, item.Id), new BsonDocument("$max", ConversationDocument.From(item.Summary)))),
            new BulkWriteOptions { IsOrdered = false },
            within), cancellationToken);

    public async Task<IReadOnlyList<(Conversation Conversation, Member Member)>> ListForUserAsync(TenantId tenant, UserId user, OwnViewFilter filter, ConversationCursor? before, int limit, CancellationToken cancellationToken)
    {
        var own = new BsonDocument { { "tenant", tenant.Value }, { "user", user.Value }, { "removed", false } };
        var documents = await context.ListAsync(_members, own, sort: null, limit: null, cancellationToken, Indexes.MemberByUser);
        var members = documents.Select(MemberDocument.Read).Where(member => member.View.Archived == filter.Archived && (filter.Pinned is null || member.View.Pinned == filter.Pinned)).ToDictionary(member => member.Conversation);

        // Whether those are hidden that their user has hidden depends on their newest message: they are few, and all looked at.
        var (listed, doubtful) = (members.Values.Where(member => member.View.HiddenSeq == 0 && !filter.Hidden), members.Values.Where(member => member.View.HiddenSeq > 0));
        var conversations = new ConcurrentBag<Conversation>();
        var reads = Chunks(listed).Select(some => (Some: some, Limit: (int?)limit)).Concat(Chunks(doubtful).Select(some => (Some: some, Limit: (int?)null)));
        await Parallel.ForEachAsync(reads, new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken }, async (read, token) =>
        {
            var among = Below(tenant, before).Add("_id", new BsonDocument("$in", new BsonArray(read.Some.Select(member => ConversationDocument.Key(tenant, member.Conversation)))));
            foreach (var found in (await context.ListAsync(_conversations, among, LatestFirst, read.Limit, token)).Select(ConversationDocument.Read))
            {
                if (filter.Matches(members[found.Id].View, found.Summary.LastMessageSeq))
                {
                    conversations.Add(found);
                }
            }
        });

        Conversation[] page =
            [.. conversations.OrderByDescending(conversation => conversation.Summary.LastActivityAt).ThenByDescending(conversation => conversation.Id.Value, StringComparer.Ordinal).Take(limit)];

        // Read again: a cursor must not be older than the summary beside it.
        foreach (var some in page.Chunk(IdsPerRead))
        {
            var again = new BsonDocument("_id", new BsonDocument("$in", new BsonArray(some.Select(conversation => MemberDocument.Key(tenant, conversation.Id, user)))));
            foreach (var member in (await context.ListAsync(_members, again, sort: null, some.Length, cancellationToken)).Select(MemberDocument.Read))
            {
                members[member.Conversation] = member;
            }
        }

        return [.. page.Select(conversation => (conversation, members[conversation.Id]))];
    }

    public async Task<IReadOnlyList<Conversation>> ListForTenantAsync(TenantId tenant, ConversationCursor? before, int limit, CancellationToken cancellationToken) =>
        (await context.ListAsync(_conversations, Below(tenant, before), LatestFirst, limit, cancellationToken, Indexes.ConversationActivity)).ConvertAll(ConversationDocument.Read);

    public async Task<IReadOnlyList<Conversation>> ListDeletedAsync(TenantId tenant, ConversationId? after, int limit, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument
        {
            { "tenant", tenant.Value },
            { "deletedAt", new BsonDocument("$type", "date") }, // as the index says it
            { "conversation", new BsonDocument("$gt", after?.Value ?? "") },
        };
        return (await context.ListAsync(_conversations, filter, new("conversation", 1), limit, cancellationToken, Indexes.ConversationDeleted)).ConvertAll(ConversationDocument.Read);
    }

    public async Task<(long Conversations, long Messages)> CountAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        BsonDocument[] pipeline =
        [
            new("$match", new BsonDocument { { "tenant", tenant.Value }, { "deletedAt", BsonNull.Value } }),
            new("$group", new BsonDocument { { "_id", BsonNull.Value }, { "conversations", new BsonDocument("$sum", 1) }, { "messages", new BsonDocument("$sum", "$lastMessageNo") } }),
        ];
        var counted = await context.RunAsync("count conversations", async (session, within) =>
        {
            using var cursor = await _conversations.AggregateAsync<BsonDocument>(session, pipeline, new AggregateOptions { MaxTime = context.Options.ServerTimeout }, within);
            return await cursor.FirstOrDefaultAsync(within);
        }, cancellationToken);
        return counted is null ? (0, 0) : (counted.Number("conversations"), counted.Number("messages"));
    }

    public Task<long> CountStandingAsync(TenantId tenant, CancellationToken cancellationToken) =>
        context.CountAsync(_conversations, new() { { "tenant", tenant.Value }, { "deletedAt", BsonNull.Value } }, cancellationToken);

    private async Task<bool> UpdateAsync(IClientSessionHandle session, Conversation conversation, long expectedRev, CancellationToken cancellationToken)
    {
        var filter = ConversationDocument.Filter(conversation.Tenant, conversation.Id).Add("rev", expectedRev);
        var update = new BsonDocument("$set", ConversationDocument.Fields(conversation));
        return (await _conversations.UpdateOneAsync(session, filter, update, cancellationToken: cancellationToken)).MatchedCount == 1;
    }

    private static IEnumerable<Member[]> Chunks(IEnumerable<Member> members) => members.Chunk(IdsPerRead);

    private static BsonDocument Below(TenantId tenant, ConversationCursor? before)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "deletedAt", BsonNull.Value } };
        if (before is not null)
        {
            var at = before.LastActivityAt.ToBson();
            filter.Add("lastActivityAt", new BsonDocument("$lte", at));
            filter.Add("$or", new BsonArray
            {
                new BsonDocument("lastActivityAt", new BsonDocument("$lt", at)),
                new BsonDocument { { "lastActivityAt", at }, { "conversation", new BsonDocument("$lt", before.Id) } },
            });
        }

        return filter;
    }
}
