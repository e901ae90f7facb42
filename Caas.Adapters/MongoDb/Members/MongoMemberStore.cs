using Caas.Adapters.MongoDb.Schema;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Members;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Members;

/// <summary>Members in the collection <c>members</c>.</summary>
internal sealed class MongoMemberStore(MongoContext context) : IMemberStore
{
    private readonly IMongoCollection<BsonDocument> _members = context.Collection(Collections.Members);

    public async Task<Member?> FindAsync(TenantId tenant, ConversationId conversation, UserId user, CancellationToken cancellationToken) =>
        await context.FindAsync(_members, MemberDocument.Filter(tenant, conversation, user), cancellationToken) is { } document ? MemberDocument.Read(document) : null;

    public async Task<IReadOnlyList<Member>> FindManyAsync(TenantId tenant, ConversationId conversation, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken)
    {
        var filter = MemberDocument.Filter(tenant, conversation).Add("removed", false).Add("user", new BsonDocument("$in", new BsonArray(users.Select(user => user.Value))));
        return (await context.ListAsync(_members, filter, sort: null, users.Count, cancellationToken, Indexes.MemberByConversation)).ConvertAll(MemberDocument.Read);
    }

    public async Task<IReadOnlyList<Member>> FindManyAsync(TenantId tenant, UserId user, IReadOnlyCollection<ConversationId> conversations, CancellationToken cancellationToken)
    {
        var keys = new BsonArray(conversations.Select(conversation => MemberDocument.Key(tenant, conversation, user)));
        return (await context.ListAsync(_members, new BsonDocument { { "_id", new BsonDocument("$in", keys) }, { "removed", false } }, sort: null, conversations.Count, cancellationToken)).ConvertAll(MemberDocument.Read);
    }

    public async Task<IReadOnlyList<Member>> ListAsync(TenantId tenant, ConversationId conversation, UserId? after, int limit, CancellationToken cancellationToken)
    {
        var filter = MemberDocument.Filter(tenant, conversation).Add("removed", false).Add("user", new BsonDocument("$gt", after?.Value ?? ""));
        return (await context.ListAsync(_members, filter, new BsonDocument("user", 1), limit, cancellationToken, Indexes.MemberByConversation)).ConvertAll(MemberDocument.Read);
    }

    public async Task<IReadOnlyList<Member>> ListByRoleAsync(TenantId tenant, ConversationId conversation, MemberRole role, int limit, CancellationToken cancellationToken)
    {
        var filter = MemberDocument.Filter(tenant, conversation).Add("removed", false).Add("role", role.ToBson());
        return (await context.ListAsync(_members, filter, new BsonDocument { { "joinedSeq", 1 }, { "user", 1 } }, limit, cancellationToken, Indexes.MemberByConversation)).ConvertAll(MemberDocument.Read);
    }
}
