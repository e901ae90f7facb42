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
    private static readonly BsonDocument OnlyConversation = new("conversation", 1);

    private readonly IMongoCollection<BsonDocument> _conversations = context.Collection(Collections.Conversations);
    private readonly IMongoCollection<BsonDocument> _members = context.Collection(Collections.Members);
    private readonly IMongoCollection<BsonDocument> _entries = context.Collection(Collections.Entries);

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
        foreach (var id in looked.Where(id => !found.Contains(id.Value)))
        {
            if (await context.FindAsync(_entries, EntryDocument.Filter(LogId.Of(tenant, id)).Add("actor", user.Value), cancellationToken) is not null)
            {
                found.Add(id.Value);
            }
        }

        return new([.. looked.Where(id => found.Contains(id.Value))], looked.Count < AtOnce ? null : looked[^1]);
    }

    public async Task<IReadOnlyList<Entry>> ReadByActorAsync(LogId log, UserId actor, long afterSeq, int limit, CancellationToken cancellationToken)
    {
        var filter = EntryDocument.Filter(log).Add("actor", actor.Value).Add("seq", new BsonDocument("$gt", afterSeq));
        return (await context.ListAsync(_entries, filter, new BsonDocument("seq", 1), limit, cancellationToken, Indexes.EntrySeq)).ConvertAll(EntryDocument.Read);
    }
}
