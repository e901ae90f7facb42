using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>What a notification is about.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<NotificationType>))]
public enum NotificationType
{
    Messages,
    Mentions,
    Calls,
    System,
}

/// <summary>How much a notification may disturb. <c>urgent</c> may pass quiet hours; <c>low</c> makes no sound.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<NotificationPriority>))]
public enum NotificationPriority
{
    Low,
    Normal,
    High,
    Urgent,
}

/// <summary>What of a conversation notifies: everything, mentions and calls, or nothing.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<NotificationLevel>))]
public enum NotificationLevel
{
    All,
    Mentions,
    None,
}

/// <summary>Days on which quiet hours begin.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<QuietDay>))]
public enum QuietDay
{
    Sunday,
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
}

/// <summary>How a user is notified; all of it has a value, the user's or the default.</summary>
/// <param name="Conversations">Those with a setting of their own, by id.</param>
/// <param name="QuietHours">When nothing is pushed or mailed; null: never.</param>
/// <param name="Language">In which templates are chosen, such as <c>de</c> or <c>pt-BR</c>; null: the tenant's default.</param>
public sealed record NotificationPreferencesResponse(
    NotificationChannels Channels, NotificationTypes Types, IReadOnlyDictionary<string, ConversationNotifications> Conversations, QuietHours? QuietHours, string? Language, EmailNotifications Email);

/// <summary>The ways on which notifications come.</summary>
/// <param name="InApp">The inbox, and <c>Notification</c> on connected devices.</param>
/// <param name="Push">To registered devices while none is connected.</param>
/// <param name="Email">A digest of what was not read.</param>
public sealed record NotificationChannels(bool InApp = true, bool Push = true, bool Email = false);

/// <summary>One type of notifications.</summary>
public sealed record NotificationTypeSetting(bool Enabled, NotificationPriority Priority);

/// <summary>Each type.</summary>
public sealed record NotificationTypes(NotificationTypeSetting Messages, NotificationTypeSetting Mentions, NotificationTypeSetting Calls, NotificationTypeSetting System);

/// <summary>What counts in one conversation, also when it is muted.</summary>
/// <param name="Priority">Instead of the type's; null: the type's.</param>
/// <param name="Until">When it ends; null: it does not.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record ConversationNotifications(NotificationLevel Level, NotificationPriority? Priority = null, DateTimeOffset? Until = null);

/// <summary>Each day from one time to another, by the user's own clock.</summary>
/// <param name="TimeZone">An IANA name, such as <c>Europe/Berlin</c>.</param>
/// <param name="From"><c>HH:mm</c>, 00:00 to 23:59.</param>
/// <param name="To"><c>HH:mm</c>; not after <paramref name="From"/>: of the next day; the same: the whole day.</param>
/// <param name="Days">On which days they begin; null: on all.</param>
/// <param name="AllowUrgent">Whether what is urgent passes; null: yes.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record QuietHours(string TimeZone, string From, string To, IReadOnlyList<QuietDay>? Days = null, bool? AllowUrgent = null);

/// <summary>The digest by mail.</summary>
/// <param name="Address">Where to; only the tenant's backend sets it. Null: nowhere.</param>
/// <param name="AfterMinutes">How long something waits unread, and the user away, 1 to 10,080.</param>
public sealed record EmailNotifications(string? Address = null, int AfterMinutes = 15);

/// <summary>Replaces a user's preferences: what is absent has its default, a field that is none of these is refused. Only the address stays as it is when a user says nothing of it.</summary>
/// <param name="Conversations">At most 200.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PutNotificationPreferencesRequest(
    PutNotificationChannels? Channels = null,
    PutNotificationTypes? Types = null,
    IReadOnlyDictionary<string, ConversationNotifications>? Conversations = null,
    QuietHours? QuietHours = null,
    string? Language = null,
    PutEmailNotifications? Email = null);

/// <inheritdoc cref="NotificationChannels"/>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PutNotificationChannels(bool? InApp = null, bool? Push = null, bool? Email = null);

/// <summary>Each type; defaults: all enabled, messages and system <c>normal</c>, mentions <c>high</c>, calls <c>urgent</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PutNotificationTypes(PutNotificationTypeSetting? Messages = null, PutNotificationTypeSetting? Mentions = null, PutNotificationTypeSetting? Calls = null, PutNotificationTypeSetting? System = null);

/// <summary>One type; what is absent has its default.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PutNotificationTypeSetting(bool? Enabled = null, NotificationPriority? Priority = null);

/// <inheritdoc cref="EmailNotifications"/>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PutEmailNotifications(string? Address = null, int? AfterMinutes = null);
