namespace Caas.Adapters.MongoDb.Schema;

/// <summary>The names of the collections.</summary>
internal static class Collections
{
    public const string Entries = "entries";
    public const string Conversations = "conversations";
    public const string Members = "members";
    public const string Reactions = "reactions";
    public const string Pins = "pins";
    public const string Timed = "timed";
    public const string Calls = "calls";
    public const string CallQuality = "call_quality";
    public const string Attachments = "attachments";
    public const string AttachmentUses = "attachment_uses";
    public const string Search = "search";
    public const string UsageMonths = "usage_months";
    public const string UsageActive = "usage_active";
    public const string UsageConnections = "usage_connections";
    public const string Tenants = "tenants";
    public const string ApiKeys = "api_keys";
    public const string Users = "users";
    public const string Blocks = "blocks";
    public const string Devices = "devices";
    public const string Notifications = "notifications";
    public const string Pushes = "pushes";
    public const string SlowModeTurns = "slow_mode_turns";
    public const string Bans = "bans";
    public const string Flags = "flags";
    public const string Presence = "presence";
    public const string Webhooks = "webhooks";
    public const string WebhookDeliveries = "webhook_deliveries";
    public const string SigningKeys = "signing_keys";
    public const string RefreshTokens = "refresh_tokens";
    public const string Revocations = "revocations";
    public const string Idempotency = "idempotency";
    public const string Feed = "feed";

    /// <summary>Each tenant's feed: how far it has come, and each consumer in it.</summary>
    public const string FeedHeads = "feed_heads";
    public const string FeedSources = "feed_sources";
    public const string Leases = "leases";
    public const string DeadLetters = "dead_letters";

    /// <summary>Those whose documents name the tenant they belong to, and go with it.</summary>
    public static readonly IReadOnlyList<string> OfTenants =
    [
        Entries, Conversations, Members, Reactions, Pins, Timed, Calls, CallQuality, Attachments, AttachmentUses, Search,
        UsageMonths, UsageActive, UsageConnections, ApiKeys, Users, Devices, Notifications, Pushes, Blocks, SlowModeTurns, Bans, Flags, Presence, RefreshTokens, Feed, Webhooks, WebhookDeliveries,
    ];
}
