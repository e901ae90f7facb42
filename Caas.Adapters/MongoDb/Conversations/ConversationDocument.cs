using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using MongoDB.Bson;

namespace Caas.Adapters.MongoDb.Conversations;

/// <summary>A conversation as a document. <c>_id</c> is <c>tenant/conversation</c>; <c>custom</c> is JSON text.</summary>
internal static class ConversationDocument
{
    public static string Key(TenantId tenant, ConversationId id) => $"{tenant.Value}/{id.Value}";

    public static BsonDocument Filter(TenantId tenant, ConversationId id) => new() { { "_id", Key(tenant, id) }, { "tenant", tenant.Value }, { "conversation", id.Value } };

    public static BsonDocument From(Conversation conversation)
    {
        var summary = conversation.Summary;
        var lastActivityAt = summary.LastActivityAt > conversation.CreatedAt ? summary.LastActivityAt : conversation.CreatedAt;
        return Filter(conversation.Tenant, conversation.Id).Merge(Fields(conversation)).Merge(From(summary with { LastActivityAt = lastActivityAt }));
    }

    /// <summary>What a fold replaces.</summary>
    public static BsonDocument Fields(Conversation conversation) => new()
    {
        { "type", conversation.Type.ToBson() },
        { "name", conversation.Name.OrNull() },
        { "custom", MongoJson.Write(conversation.Custom).OrNull() },
        { "createdBy", conversation.CreatedBy.OrNull() },
        { "createdAt", conversation.CreatedAt.ToBson() },
        { "updatedAt", conversation.UpdatedAt.ToBson() },
        { "deletedAt", conversation.DeletedAt.ToBson() },
        { "memberCount", conversation.MemberCount },
        { "rev", conversation.Rev },
        { "frozen", conversation.Frozen },
        { "slowMode", conversation.SlowModeSeconds },
    };

    public static BsonDocument From(ConversationSummary summary) => new()
    {
        { "lastSeq", summary.LastSeq },
        { "lastMessageNo", summary.LastMessageNo },
        { "lastMessageSeq", summary.LastMessageSeq },
        { "lastActivityAt", summary.LastActivityAt.ToBson() },
    };

    public static Conversation Read(BsonDocument document) => new()
    {
        Tenant = new(document.Text("tenant")),
        Id = new(document.Text("conversation")),
        Type = document.Enum<ConversationType>("type"),
        Name = document.TextOrNull("name"),
        Custom = MongoJson.ReadElement(document.TextOrNull("custom")),
        CreatedBy = document.TextOrNull("createdBy"),
        CreatedAt = document.Time("createdAt"),
        UpdatedAt = document.Time("updatedAt"),
        DeletedAt = document.TimeOrNull("deletedAt"),
        MemberCount = (int)document.Number("memberCount"),
        Rev = document.Number("rev"),
        Frozen = document.GetValue("frozen", false).ToBoolean(),
        SlowModeSeconds = (int)(document.NumberOrNull("slowMode") ?? 0),
        Summary = new(document.Number("lastSeq"), document.Number("lastMessageNo"), document.Number("lastMessageSeq"), document.Time("lastActivityAt")),
    };
}
