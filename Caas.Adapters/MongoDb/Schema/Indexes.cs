using Caas.Core.Entries;
using MongoDB.Bson;
using MongoDB.Driver;
using static Caas.Adapters.MongoDb.Schema.Index;

namespace Caas.Adapters.MongoDb.Schema;

/// <summary>
/// The indexes. Collections that grow with use can be sharded by a ranged {tenant, log} or {tenant, conversation}, or {tenant} for the feed and the users: their unique
/// indexes start with it, and their <c>_id</c> begins with the same parts, so that what must be unique falls into one shard. The others are small and stay on one shard.
/// </summary>
internal static class Indexes
{
    /// <summary>The sequencer: entries' places in their log.</summary>
    public static readonly Index EntrySeq = Unique(Collections.Entries, "tenant_log_seq", "tenant", "log", "seq");

    /// <summary>Makes appends idempotent.</summary>
    public static readonly Index EntryClient = Unique(Collections.Entries, "tenant_log_actor_clientId", "tenant", "log", "actor", "clientId");

    /// <summary>Messages (target 0) and the changes of each.</summary>
    public static readonly Index EntryTargets = Plain(Collections.Entries, "tenant_log_target_seq", "tenant", "log", "target", "seq");

    /// <summary>Deleted messages alone: they are taken off when unread ones are counted.</summary>
    public static readonly Index EntryDeleted = Plain(Collections.Entries, "tenant_log_deleted_seq", "tenant", "log", "seq") with { Only = new() { { "target", EntryTarget.Message }, { "deleted", true } } };

    /// <summary>Replies to a message, and their deletions: few entries are either.</summary>
    public static readonly Index EntryThreads = Plain(Collections.Entries, "tenant_log_thread_seq", "tenant", "log", "thread", "seq") with { Only = new("thread", new BsonDocument("$exists", true)) };

    /// <summary>A tenant's conversations by activity, the deleted ones apart.</summary>
    public static readonly Index ConversationActivity = Plain(Collections.Conversations, "tenant_deletedAt_lastActivityAt_conversation", "tenant", "deletedAt", "lastActivityAt", "conversation");

    /// <summary>The deleted ones alone.</summary>
    public static readonly Index ConversationDeleted = Plain(Collections.Conversations, "tenant_conversation_deleted", "tenant", "conversation") with { Only = new("deletedAt", new BsonDocument("$type", "date")) };

    public static readonly Index MemberByConversation = Plain(Collections.Members, "tenant_conversation_removed_user", "tenant", "conversation", "removed", "user");

    public static readonly Index MemberByUser = Plain(Collections.Members, "tenant_user_removed_conversation", "tenant", "user", "removed", "conversation");

    public static readonly Index ReactionOrder = Plain(Collections.Reactions, "tenant_log_messageSeq_emoji_seq", "tenant", "log", "messageSeq", "emoji", "seq");

    public static readonly Index PinOrder = Plain(Collections.Pins, "tenant_log_removed_seq", "tenant", "log", "removed", "seq");

    public static readonly Index AttachmentExpiry = Plain(Collections.Attachments, "expiresAt", "expiresAt");

    public static readonly Index AttachmentByUploader = Plain(Collections.Attachments, "tenant_uploader_attachment", "tenant", "uploader", "attachment");

    public static readonly Index AttachmentPending = Plain(Collections.Attachments, "tenant_uploader_ready_size", "tenant", "uploader", "ready", "size");

    public static readonly Index AttachmentSize = Plain(Collections.Attachments, "tenant_size_thumbnailSize", "tenant", "size", "thumbnailSize");

    public static readonly Index AttachmentUseByAttachment = Plain(Collections.AttachmentUses, "tenant_attachment", "tenant", "attachment");

    public static readonly Index AttachmentUseByMessage = Plain(Collections.AttachmentUses, "tenant_conversation_message", "tenant", "conversation", "message");

    /// <summary>A tenant's messages with a token, by their time.</summary>
    public static readonly Index SearchTokens = Plain(Collections.Search, "tenant_tokens_order", "tenant", "tokens", "order");

    /// <summary>The same of one conversation.</summary>
    public static readonly Index SearchInConversation = Plain(Collections.Search, "tenant_log_tokens_order", "tenant", "log", "tokens", "order");

    /// <summary>What is to be done, of one conversation or user.</summary>
    public static readonly Index TimedItem = Plain(Collections.Timed, "tenant_kind_place_item", "tenant", "kind", "place", "item");

    /// <summary>What waits for its time, of one kind and all tenants but some.</summary>
    public static readonly Index TimedDue = Plain(Collections.Timed, "kind_dueAt_tenant", "kind", "dueAt", "tenant") with { Only = new("waiting", true) };

    /// <summary>What does not wait any more, of one tenant and kind.</summary>
    public static readonly Index TimedSetAside = Plain(Collections.Timed, "tenant_kind_dueAt", "tenant", "kind", "dueAt") with { Only = new("waiting", false) };

    /// <summary>The calls of a user, the newest first when read backwards.</summary>
    public static readonly Index CallsOfUser = Plain(Collections.Calls, "tenant_users_call", "tenant", "users", "call");

    public static readonly Index CallsOfConversation = Plain(Collections.Calls, "tenant_conversation_call", "tenant", "conversation", "call");

    public static readonly Index CallsOfTenant = Plain(Collections.Calls, "tenant_call", "tenant", "call");

    /// <summary>Calls that go on, of all tenants.</summary>
    public static readonly Index CallsOpen = Plain(Collections.Calls, "startedAt", "startedAt") with { Only = new("open", true) };

    public static readonly Index QualityOfCall = Plain(Collections.CallQuality, "tenant_call_user", "tenant", "call", "user");

    public static readonly Index BanByUser = Plain(Collections.Bans, "tenant_user_removed", "tenant", "user", "removed");

    public static readonly Index FlagPlaces = Plain(Collections.Flags, "tenant_place", "tenant", "place");

    public static readonly Index FlagByStatus = Plain(Collections.Flags, "tenant_status_place", "tenant", "status", "place");

    public static readonly Index FlagBySender = Plain(Collections.Flags, "tenant_sender_place", "tenant", "sender", "place");

    public static readonly Index FlagByConversation = Plain(Collections.Flags, "tenant_conversation_place", "tenant", "conversation", "place");

    public static readonly Index BanPlaces = Plain(Collections.Bans, "tenant_removed_place", "tenant", "removed", "place");

    public static readonly Index BlockByUser = Plain(Collections.Blocks, "tenant_user_removed_other", "tenant", "user", "removed", "other");

    public static readonly Index BlockByOther = Plain(Collections.Blocks, "tenant_other_removed_user", "tenant", "other", "removed", "user");

    /// <summary>An inbox by time.</summary>
    public static readonly Index NotificationOrder = Plain(Collections.Notifications, "tenant_user_updatedAt_notification", "tenant", "user", "updatedAt", "notification");

    /// <summary>What is unread in it.</summary>
    public static readonly Index NotificationUnread = Plain(Collections.Notifications, "tenant_user_readAt_updatedAt_notification", "tenant", "user", "readAt", "updatedAt", "notification");

    /// <summary>Whose rows stand for an entry of a conversation.</summary>
    public static readonly Index NotificationByEntry = Plain(Collections.Notifications, "tenant_conversation_firstSeq__id", "tenant", "conversation", "firstSeq", "_id");

    /// <summary>What waits to be pushed, of all tenants.</summary>
    public static readonly Index PushDue = Plain(Collections.Pushes, "dueAt", "dueAt") with { Only = new("waiting", true) };

    /// <summary>Of that, the calls.</summary>
    public static readonly Index PushCallDue = Plain(Collections.Pushes, "kind_dueAt", "kind", "dueAt") with { Only = new("waiting", true) };

    public static readonly Index PushDone = Plain(Collections.Pushes, "doneAt", "doneAt") with { Only = new("waiting", false) };

    public static readonly Index DeviceByUser = Plain(Collections.Devices, "tenant_user_device", "tenant", "user", "device");
    public static readonly Index WebhookByTenant = Plain(Collections.Webhooks, "tenant_webhook", "tenant", "webhook");

    /// <summary>What became of a webhook's deliveries, by time.</summary>
    public static readonly Index WebhookDeliveryPlace = Plain(Collections.WebhookDeliveries, "tenant_webhook_place", "tenant", "webhook", "place");

    /// <summary>What waits for a webhook.</summary>
    public static readonly Index WebhookDeliveryPending = Plain(Collections.WebhookDeliveries, "tenant_webhook_position", "tenant", "webhook", "position") with { Only = new("pending", true) };

    /// <summary>What is done, of all webhooks, by its age.</summary>
    public static readonly Index WebhookDeliveryDone = Plain(Collections.WebhookDeliveries, "place", "place") with { Only = new("pending", false) };

    public static readonly Index UsageConnectionsByTenant = Plain(Collections.UsageConnections, "tenant", "tenant");

    /// <summary>Users who are erased, few of all.</summary>
    public static readonly Index UserErased = Plain(Collections.Users, "erasedAt", "erasedAt") with { Only = new("erasedAt", new BsonDocument("$exists", true)) };

    /// <summary>Those that wait to be published.</summary>
    public static readonly Index DeadLetterWaiting = Plain(Collections.DeadLetters, "at", "at") with { Only = new("waiting", true) };

    /// <summary>The feed's sequencer.</summary>
    public static readonly Index FeedPosition = Unique(Collections.Feed, "tenant_position", "tenant", "position");

    /// <summary>Each entry stands in the feed once.</summary>
    public static readonly Index FeedEntry = Unique(Collections.Feed, "tenant_log_seq", "tenant", "log", "seq");

    public static readonly IReadOnlyList<Index> All =
    [
        EntrySeq,
        EntryClient,
        EntryTargets,
        EntryDeleted,
        EntryThreads,
        ConversationActivity,
        ConversationDeleted,
        MemberByConversation,
        MemberByUser,
        ReactionOrder,
        PinOrder,
        TimedItem,
        TimedDue,
        TimedSetAside,
        CallsOfUser,
        CallsOfConversation,
        CallsOfTenant,
        CallsOpen,
        QualityOfCall,
        AttachmentExpiry,
        AttachmentByUploader,
        AttachmentPending,
        AttachmentSize,
        AttachmentUseByAttachment,
        AttachmentUseByMessage,
        Plain(Collections.UsageMonths, "tenant_month", "tenant", "month"),
        Plain(Collections.UsageActive, "tenant_month", "tenant", "month"),
        UsageConnectionsByTenant,
        Plain(Collections.UsageConnections, "replica", "replica"),
        SearchTokens,
        SearchInConversation,
        WebhookByTenant,
        WebhookDeliveryPlace,
        WebhookDeliveryPending,
        WebhookDeliveryDone,
        BanByUser,
        BanPlaces,
        FlagPlaces,
        FlagByStatus,
        FlagBySender,
        FlagByConversation,
        BlockByUser,
        BlockByOther,
        DeviceByUser,
        NotificationOrder,
        NotificationUnread,
        NotificationByEntry,
        PushDue,
        PushCallDue,
        PushDone,
        Plain(Collections.Pushes, "tenant_user", "tenant", "user"),

        // What reaches a device belongs to one of the tenant.
        Unique(Collections.Devices, "tenant_keys", "tenant", "keys"),
        Plain(Collections.ApiKeys, "tenant_id", "tenant", "_id"),
        Plain(Collections.Users, "tenant_user", "tenant", "user"),
        Plain(Collections.Users, "tenant_userFolded", "tenant", "userFolded"),
        Plain(Collections.Users, "tenant_nameFolded", "tenant", "nameFolded"),
        Plain(Collections.Users, "tenant_deactivatedAt", "tenant", "deactivatedAt"),
        UserErased,
        Unique(Collections.SigningKeys, "number", "number"),
        Plain(Collections.RefreshTokens, "tenant_family", "tenant", "family"),
        Plain(Collections.RefreshTokens, "tenant_user", "tenant", "user"),
        Plain(Collections.RefreshTokens, "expiresAt", "expiresAt"),
        Plain(Collections.Revocations, "storedAt", "storedAt"),
        Plain(Collections.Revocations, "until", "until"),
        Plain(Collections.Idempotency, "expiresAt", "expiresAt"),
        FeedPosition,
        FeedEntry,
        Unique(Collections.DeadLetters, "group_topic_recordId", "group", "topic", "recordId"),
        Plain(Collections.DeadLetters, "group_id", "group", "_id"),
        DeadLetterWaiting,
    ];
}

/// <summary>One index of a collection; all its fields ascend.</summary>
internal sealed record Index(string Collection, string Name, BsonDocument Keys, bool IsUnique)
{
    /// <summary>Which documents it holds, where not all: a query must ask for the same.</summary>
    public BsonDocument? Only { get; init; }

    public CreateIndexModel<BsonDocument> Model => new(Keys, new CreateIndexOptions<BsonDocument> { Name = Name, Unique = IsUnique ? true : null, PartialFilterExpression = Only });

    public static Index Unique(string collection, string name, params string[] fields) => new(collection, name, Document(fields), true);

    public static Index Plain(string collection, string name, params string[] fields) => new(collection, name, Document(fields), false);

    private static BsonDocument Document(string[] fields) => [.. fields.Select(field => new BsonElement(field, 1))];
}
