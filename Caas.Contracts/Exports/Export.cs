using System.Text.Json;

namespace Caas.Contracts;

// The lines of an exported user's files: docs/data-rights.md says which stand where.

/// <summary><c>manifest.jsonl</c>: what the archive is.</summary>
/// <param name="Format"><c>caas-user-export/1</c>: raised when a field changes its meaning; new fields and files may come without.</param>
/// <param name="Files">Those that follow, in their order.</param>
public sealed record ExportManifest(string Format, string TenantId, string UserId, DateTimeOffset At, IReadOnlyList<string> Files);

/// <summary><c>profile.jsonl</c>.</summary>
public sealed record ExportedProfile(UserResponse User, PrivacyResponse Privacy, NotificationPreferencesResponse? Notifications = null);

/// <summary><c>notifications.jsonl</c>: what stands in the user's inbox, without what others wrote.</summary>
public sealed record ExportedNotification(string Id, NotificationKind Kind, string ConversationId, long Seq, long Count, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? ReadAt);

/// <summary><c>devices.jsonl</c>: what the user registered for pushes, with what reaches it.</summary>
public sealed record ExportedDevice(DeviceResponse Device, string? Token, string? VoipToken, string? Endpoint);

/// <summary><c>presence.jsonl</c>: when the user was last seen and what it last wanted to be seen as.</summary>
public sealed record ExportedPresence(DateTimeOffset? LastSeenAt, PresenceStatus? Status, string? Text, DateTimeOffset? ChosenAt, DateTimeOffset? ExpiresAt);

/// <summary><c>account.jsonl</c>: what happened to the user outside conversations, in order.</summary>
public sealed record ExportedEvent(long Seq, string Type, DateTimeOffset At, JsonElement? Data);

/// <summary><c>conversations.jsonl</c>: a conversation that the user is or was in, or wrote to, with its own view and cursors.</summary>
/// <param name="Role">Null: never a member.</param>
/// <param name="Left">No longer a member.</param>
public sealed record ExportedConversation(
    string ConversationId, ConversationType Type, string? Name, DateTimeOffset? DeletedAt, MemberRole? Role, DateTimeOffset? JoinedAt, bool Left, long? DeliveredSeq, long? ReadSeq, bool Muted, bool Hidden, bool Archived, bool Pinned, bool MarkedUnread);

/// <summary><c>messages.jsonl</c>: a message of the user, as it is now.</summary>
/// <param name="Versions">Once it was edited, all of it, oldest first; empty: it never was, or it is deleted.</param>
public sealed record ExportedMessage(MessageResponse Message, IReadOnlyList<MessageVersion> Versions);

/// <summary><c>actions.jsonl</c>: what else the user did in conversations: edits, deletions, reactions, pins, votes, members added, names changed.</summary>
/// <param name="MessageId">The message that it changed; null: the conversation.</param>
public sealed record ExportedAction(string ConversationId, long Seq, string Type, DateTimeOffset At, string? MessageId, JsonElement? Data);

/// <summary><c>receipts.jsonl</c>: how far the members of the user's conversations have come, as far as they tell.</summary>
public sealed record ExportedReceipt(string ConversationId, string UserId, long? DeliveredSeq, long? ReadSeq);

/// <summary><c>attachments.jsonl</c>: a file that the user uploaded; fresh links are <c>GET /v1/attachments/{id}</c>'s to give.</summary>
public sealed record ExportedAttachment(string Id, string Name, string Type, long Size, DateTimeOffset CreatedAt);

/// <summary><c>blocks.jsonl</c>: somebody whom the user blocks.</summary>
public sealed record ExportedBlock(string UserId, DateTimeOffset BlockedAt);

/// <summary><c>flags.jsonl</c>: a message that the user has flagged.</summary>
public sealed record ExportedFlag(string ConversationId, string MessageId, string Reason, DateTimeOffset FlaggedAt);

/// <summary><c>flagged.jsonl</c>: a message of the user's that others have flagged.</summary>
/// <param name="Action">What was decided last; null: nothing yet.</param>
public sealed record ExportedFlagged(string ConversationId, string MessageId, FlagStatus Status, int Count, DateTimeOffset FlaggedAt, FlagAction? Action, DateTimeOffset? ResolvedAt);

/// <summary><c>scheduled.jsonl</c>: a message of the user that is sent later, or could not be.</summary>
public sealed record ExportedScheduled(string ConversationId, string Id, DateTimeOffset DueAt, bool Waiting, JsonElement Scheduled);

/// <summary><c>reminders.jsonl</c>: a reminder of the user, due or not.</summary>
public sealed record ExportedReminder(string Id, DateTimeOffset DueAt, bool Waiting, JsonElement Reminder);
