using Caas.Contracts;
using Caas.Core.Entries;

namespace Caas.Core.Events;

/// <summary>The entry types that become events, as far as this version knows them. Consumers move on over others.</summary>
public static class EventCatalog
{
    /// <summary>A user is there in another way than before: no entry of a log, and only on <see cref="Topics.Presence"/>.</summary>
    public const string PresenceChanged = "presence.changed";

    /// <summary>In the place of an event that cannot be made: no entry of a log, on no topic (which have a dead letter for it), and told whatever types are asked for.</summary>
    public const string Unavailable = "event.unavailable";

    /// <summary>What happens in conversations.</summary>
    public static IReadOnlyList<string> OfConversations { get; } =
    [
        EntryTypes.ConversationCreated, EntryTypes.ConversationChanged, EntryTypes.ConversationDeleted,
        EntryTypes.MemberAdded, EntryTypes.MemberChanged, EntryTypes.MemberRemoved,
        EntryTypes.MessageCreated, EntryTypes.MessageEdited, EntryTypes.MessageDeleted, EntryTypes.MessagePinned, EntryTypes.MessageUnpinned, EntryTypes.MessagePreviewed,
        EntryTypes.ReactionAdded, EntryTypes.ReactionRemoved, EntryTypes.PollVoted, EntryTypes.PollClosed,
        EntryTypes.CallStarted, EntryTypes.CallEnded, EntryTypes.UserErased,
    ];

    /// <summary>What happens to a tenant: its keys, settings, revocations, blocklist, webhooks, before-send hook, TURN servers.</summary>
    public static IReadOnlyList<string> OfTenants { get; } =
    [
        SystemEntryTypes.TenantCreated, SystemEntryTypes.TenantChanged, SystemEntryTypes.TenantDeleted,
        SystemEntryTypes.ApiKeyCreated, SystemEntryTypes.ApiKeyRotated, SystemEntryTypes.ApiKeyRevoked,
        SystemEntryTypes.TokenSecretCreated, SystemEntryTypes.TokenSecretDeleted, SystemEntryTypes.TokensRevoked, SystemEntryTypes.BlocklistChanged,
        SystemEntryTypes.WebhookCreated, SystemEntryTypes.WebhookChanged, SystemEntryTypes.WebhookSecretRotated, SystemEntryTypes.WebhookDisabled, SystemEntryTypes.WebhookDeleted, SystemEntryTypes.BeforeSendHookChanged, SystemEntryTypes.BeforeSendHookSecretRotated, SystemEntryTypes.BeforeSendHookDeleted, SystemEntryTypes.AuditRecorded, SystemEntryTypes.TurnServersChanged, SystemEntryTypes.DeliveryAccountChanged,
    ];

    /// <summary>What is flagged, and what is decided about it.</summary>
    public static IReadOnlyList<string> OfFlags { get; } = [SystemEntryTypes.FlagCreated, SystemEntryTypes.FlagResolved];

    /// <summary>What happens to users.</summary>
    public static IReadOnlyList<string> OfUsers { get; } =
        [SystemEntryTypes.UserCreated, SystemEntryTypes.UserChanged, SystemEntryTypes.UserDeactivated, SystemEntryTypes.UserReactivated, SystemEntryTypes.UserErasing, SystemEntryTypes.PrivacyChanged, SystemEntryTypes.NotificationPreferencesChanged, SystemEntryTypes.UserBlocked, SystemEntryTypes.UserUnblocked, SystemEntryTypes.UserBanned, SystemEntryTypes.UserUnbanned];

    /// <summary>All that stand in a feed.</summary>
    public static IReadOnlyList<string> All { get; } = [.. OfConversations, .. OfTenants, .. OfFlags, .. OfUsers];
}
