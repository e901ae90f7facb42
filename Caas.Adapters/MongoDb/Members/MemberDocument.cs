using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Members;
using MongoDB.Bson;

namespace Caas.Adapters.MongoDb.Members;

/// <summary>A member as a document. <c>_id</c> is <c>tenant/conversation/user</c>.</summary>
internal static class MemberDocument
{
    public static string Key(TenantId tenant, ConversationId conversation, UserId user) => $"{tenant.Value}/{conversation.Value}/{user.Value}";

    /// <summary>All of a conversation, ready to be narrowed down.</summary>
    public static BsonDocument Filter(TenantId tenant, ConversationId conversation) => new() { { "tenant", tenant.Value }, { "conversation", conversation.Value } };

    /// <summary>One member.</summary>
    public static BsonDocument Filter(TenantId tenant, ConversationId conversation, UserId user) =>
        new BsonDocument("_id", Key(tenant, conversation, user)).Merge(Filter(tenant, conversation)).Add("user", user.Value);

    /// <summary>Stores the member unless what is stored is as new; the read cursor only rises.</summary>
    public static (BsonDocument Filter, BsonDocument Update) Upsert(Member member)
    {
        var filter = Filter(member.Tenant, member.Conversation, member.User).Add("rev", new BsonDocument("$lt", member.Rev));
        var fields = new BsonDocument
        {
            { "role", member.Role.ToBson() },
            { "joinedAt", member.JoinedAt.ToBson() },
            { "joinedSeq", member.JoinedSeq },
            { "removed", member.Removed },
            { "rev", member.Rev },
        };
        return (filter, new BsonDocument { { "$set", fields }, { "$max", new BsonDocument { { "readSeq", member.ReadSeq }, { "readMessageNo", member.ReadMessageNo }, { "deliveredSeq", member.DeliveredSeq } } } });
    }

    public static Member Read(BsonDocument document) => new()
    {
        Tenant = new(document.Text("tenant")),
        Conversation = new(document.Text("conversation")),
        User = new(document.Text("user")),
        Role = document.Enum<MemberRole>("role"),
        JoinedAt = document.Time("joinedAt"),
        JoinedSeq = document.Number("joinedSeq"),
        Removed = document.Flag("removed"),
        Rev = document.Number("rev"),
        ReadSeq = document.Number("readSeq"),
        ReadMessageNo = document.Number("readMessageNo"),
        DeliveredSeq = document.Number("deliveredSeq"),
        View = new(IsSet(document, "muted"), document.NumberOrNull("hiddenSeq") ?? 0, IsSet(document, "archived"), IsSet(document, "pinned"), IsSet(document, "markedUnread")),
    };

    /// <summary>Absent: never set.</summary>
    private static bool IsSet(BsonDocument document, string field) => document.GetValue(field, false).ToBoolean();
}
