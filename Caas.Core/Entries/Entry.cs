using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Messages;

namespace Caas.Core.Entries;

/// <summary>One stored entry of a log. Everything but <see cref="Message"/> and <see cref="Rev"/> is as it was appended (erasure alone overwrites <see cref="Data"/>).</summary>
public sealed record Entry
{
    public required LogId Log { get; init; }

    /// <summary>1, 2, 3 … in its log: no gaps, no repeats, never reused.</summary>
    public required long Seq { get; init; }

    /// <summary>How many messages the log holds up to and with this entry.</summary>
    public required long MessageNo { get; init; }

    /// <summary>A UUIDv7. Of a message's entry it is the message's id.</summary>
    public required string Id { get; init; }

    /// <summary>One of <see cref="Contracts.EntryTypes"/> or <see cref="SystemEntryTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>The user who did it; null: the tenant's backend or the system.</summary>
    public string? ActorId { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>Unique per (log, actor): the client's, the request's, or one that the server made.</summary>
    public required string ClientMessageId { get; init; }

    /// <summary>SHA-256 of what was asked for, hex: tells a repeated call from a reused id.</summary>
    public required string ContentHash { get; init; }

    /// <summary>What the entry changes: see <see cref="EntryTarget"/>.</summary>
    public required long Target { get; init; }

    /// <summary>The seq of the message whose replies this entry adds to (it is one) or takes from (it deletes one); 0: none.</summary>
    public long Thread { get; init; }

    /// <summary>Whether its actor was shadow-banned when it was appended: it is nothing to others (see <see cref="IsHidden"/>), for ever. Of a message's change: it is folded for its actor alone.</summary>
    public bool Shadowed { get; init; }

    /// <summary>Whether others get its place in the log alone. Who is a member is no secret: where somebody was added, or a conversation made, the mark only says that nobody is to be notified of it.</summary>
    public bool IsHidden => Shadowed && Type is not (EntryTypes.MemberAdded or EntryTypes.ConversationCreated);

    /// <summary>What else the type says, a JSON object; null: nothing.</summary>
    public JsonElement? Data { get; init; }

    /// <summary>The message in its current state, when <see cref="Target"/> is <see cref="EntryTarget.Message"/>.</summary>
    public MessageState? Message { get; init; }

    /// <summary>The seq of the last change folded into <see cref="Message"/>; its own seq when none was.</summary>
    public long Rev { get; init; }

    /// <summary>Not stored: the message that <see cref="Message"/> quotes, put here before the message is shown (see <see cref="Quotes.QuoteReader"/>).</summary>
    public Entry? Quoted { get; init; }
}

/// <summary>What an entry's <c>Target</c> says.</summary>
public static class EntryTarget
{
    /// <summary>The entry is a message.</summary>
    public const long Message = 0;

    /// <summary>The entry changes the conversation itself, its fields or members (or, in a reserved log, what the log is about).</summary>
    public const long Log = -1;

    // A positive target is the seq of the message that the entry changes.
}

/// <summary>An entry to be appended: everything but its place in the log.</summary>
public sealed record EntryDraft
{
    public required LogId Log { get; init; }
    public required string Id { get; init; }
    public required string Type { get; init; }
    public string? ActorId { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string ClientMessageId { get; init; }
    public required string ContentHash { get; init; }
    public required long Target { get; init; }
    public long Thread { get; init; }
    public bool Shadowed { get; init; }
    public JsonElement? Data { get; init; }
    public MessageState? Message { get; init; }

    /// <summary>Append only as the log's first entry: this is how ids of conversations stay unique, for ever.</summary>
    public bool OnlyFirst { get; init; }

    /// <summary>The entry that this draft becomes at a place of its log. The time is as it will be read: in whole milliseconds.</summary>
    public Entry PlacedAt(LogTail place) => new()
    {
        Log = Log,
        Seq = place.Seq,
        MessageNo = place.MessageNo,
        Id = Id,
        Type = Type,
        ActorId = ActorId,
        At = DateTimeOffset.FromUnixTimeMilliseconds(At.ToUnixTimeMilliseconds()),
        ClientMessageId = ClientMessageId,
        ContentHash = ContentHash,
        Target = Target,
        Thread = Thread,
        Shadowed = Shadowed,
        Data = Data,
        Message = Message,
        Rev = Target == EntryTarget.Message ? place.Seq : 0,
    };
}

/// <summary>What became of a draft.</summary>
public enum AppendStatus
{
    /// <summary>Stored, durable.</summary>
    Appended,

    /// <summary>The same call was stored before; <see cref="AppendOutcome.Entry"/> is that entry.</summary>
    Duplicate,

    /// <summary>The client id was used before for other content; nothing was stored.</summary>
    ClientIdReused,

    /// <summary>The draft wanted to be the first of a log that has entries; nothing was stored.</summary>
    LogExists,
}

/// <summary>One draft's outcome. <see cref="Entry"/> is the stored entry for <see cref="AppendStatus.Appended"/> and <see cref="AppendStatus.Duplicate"/>.</summary>
public sealed record AppendOutcome(AppendStatus Status, Entry? Entry);

/// <summary>The end of a log: 0, 0 when it is empty.</summary>
public readonly record struct LogTail(long Seq, long MessageNo)
{
    /// <summary>The place of the next entry.</summary>
    public LogTail Next(EntryDraft draft) => new(Seq + 1, MessageNo + (draft.Target == EntryTarget.Message ? 1 : 0));
}

/// <summary>Entry types of the reserved logs.</summary>
public static class SystemEntryTypes
{
    public const string TenantCreated = "tenant.created";
    public const string TenantChanged = "tenant.changed";
    public const string TenantDeleted = "tenant.deleted";
    public const string BlocklistChanged = "blocklist.changed";
    public const string WebhookCreated = "webhook.created";
    public const string WebhookChanged = "webhook.changed";
    public const string WebhookSecretRotated = "webhook.secret_rotated";
    public const string WebhookDisabled = "webhook.disabled";
    public const string WebhookDeleted = "webhook.deleted";
    public const string BeforeSendHookChanged = "before_send_hook.changed";
    public const string BeforeSendHookSecretRotated = "before_send_hook.secret_rotated";
    public const string BeforeSendHookDeleted = "before_send_hook.deleted";
    public const string AuditRecorded = "audit.recorded";
    public const string ApiKeyCreated = "api_key.created";
    public const string ApiKeyRotated = "api_key.rotated";
    public const string ApiKeyRevoked = "api_key.revoked";
    public const string TokenSecretCreated = "token_secret.created";
    public const string TokenSecretDeleted = "token_secret.deleted";
    public const string TurnServersChanged = "turn_servers.changed";
    public const string TokensRevoked = "tokens.revoked";
    public const string UserCreated = "user.created";
    public const string UserChanged = "user.changed";
    public const string UserDeactivated = "user.deactivated";
    public const string UserReactivated = "user.reactivated";

    /// <summary>The user is deactivated for ever; what is kept of it goes, step by step. It stays after that: the id's tombstone.</summary>
    public const string UserErasing = "user.erasing";
    public const string PrivacyChanged = "privacy.changed";
    public const string DeliveryAccountChanged = "delivery_account.changed";
    public const string NotificationPreferencesChanged = "notification_preferences.changed";
    public const string UserBlocked = "user.blocked";
    public const string UserUnblocked = "user.unblocked";
    public const string UserBanned = "user.banned";
    public const string UserUnbanned = "user.unbanned";
    public const string FlagCreated = "flag.created";
    public const string FlagResolved = "flag.resolved";
}
