using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>What happened.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<NotificationKind>))]
public enum NotificationKind
{
    Message,
    Mention,
    Call,
    MissedCall,
    Added,
}

/// <summary>Something that happened while its user did not look. What happens in one conversation before it is read is one notification, which grows.</summary>
/// <param name="Id">Of the type in its conversation: <c>{type}:{conversationId}</c>.</param>
/// <param name="MessageId">The newest message; null where it is about none, and of one that is gone or not for this user.</param>
/// <param name="Seq">The newest entry.</param>
/// <param name="ActorId">Who did the newest; null: the backend.</param>
/// <param name="Count">How many things it stands for.</param>
/// <param name="Title">By the tenant's texts, in the user's language.</param>
/// <param name="Body">As <paramref name="Title"/>, with the beginning of the newest message as it is now; without that once it is deleted.</param>
/// <param name="CreatedAt">When the first of them happened.</param>
/// <param name="UpdatedAt">When the newest happened.</param>
/// <param name="ReadAt">Null: it is unread.</param>
public sealed record NotificationResponse(
    string Id, NotificationType Type, NotificationKind Kind, NotificationPriority Priority, string ConversationId, string? MessageId, long Seq, string? ActorId, long Count, string Title, string Body,
    DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? ReadAt);

/// <summary>A page of the inbox, the newest first.</summary>
/// <param name="Unread">How many unread ones there are in all: what a badge shows.</param>
public sealed record NotificationPage(IReadOnlyList<NotificationResponse> Items, string? Next, long Unread);

/// <summary>Marks notifications as read: exactly one of the three.</summary>
/// <param name="Ids">1 to 200.</param>
/// <param name="ConversationId">Those of one conversation.</param>
/// <param name="All">All of the user.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ReadNotificationsRequest(IReadOnlyList<string>? Ids = null, string? ConversationId = null, bool? All = null);

/// <param name="Unread">How many unread ones are left.</param>
public sealed record UnreadNotificationsResponse(long Unread);

/// <summary>A notification of which something is gone: a message was deleted, or the conversation.</summary>
/// <param name="Notification">As it is now; null: it is gone.</param>
/// <param name="Unread">How many are unread in all.</param>
public sealed record NotificationWithdrawn(string Id, NotificationResponse? Notification, long Unread);

/// <summary>What a tenant's notifications say.</summary>
/// <param name="DefaultLanguage">For users who chose none, or one that is not among <paramref name="Languages"/>. Null: the platform's English.</param>
/// <param name="Languages">Texts by language, such as <c>de</c> or <c>pt-BR</c>; at most 50. What a language lacks is the platform's.</param>
/// <param name="HideText">Whether pushes and mails leave out what messages say. Null: no.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TenantNotifications(string? DefaultLanguage = null, IReadOnlyDictionary<string, NotificationTexts>? Languages = null, bool? HideText = null);

/// <summary>The texts of one language, by kind.</summary>
/// <param name="Messages">For more than one message.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NotificationTexts(
    NotificationText? Message = null, NotificationText? Messages = null, NotificationText? Mention = null, NotificationText? Call = null, NotificationText? MissedCall = null, NotificationText? Added = null, NotificationText? Digest = null);

/// <summary>A text of at most 500 characters each, with <c>{sender}</c>, <c>{conversation}</c>, <c>{text}</c> and <c>{count}</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record NotificationText(string Title, string Body);
