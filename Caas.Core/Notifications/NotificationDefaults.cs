using Caas.Contracts;

namespace Caas.Core.Notifications;

/// <summary>How users are notified who never said anything.</summary>
public static class NotificationDefaults
{
    public static readonly NotificationTypes Types = new(
        new(Enabled: true, NotificationPriority.Normal), new(Enabled: true, NotificationPriority.High), new(Enabled: true, NotificationPriority.Urgent), new(Enabled: true, NotificationPriority.Normal));

    public static readonly NotificationPreferencesResponse Preferences = new(new(), Types, new Dictionary<string, ConversationNotifications>(), QuietHours: null, Language: null, new());

    /// <summary>What a request makes of the defaults.</summary>
    /// <param name="address">The address that counts.</param>
    public static NotificationPreferencesResponse Fill(PutNotificationPreferencesRequest request, string? address) => new(
        new(request.Channels?.InApp ?? true, request.Channels?.Push ?? true, request.Channels?.Email ?? false),
        new(
            Fill(request.Types?.Messages, Types.Messages), Fill(request.Types?.Mentions, Types.Mentions), Fill(request.Types?.Calls, Types.Calls), Fill(request.Types?.System, Types.System)),
        request.Conversations ?? Preferences.Conversations,
        request.QuietHours,
        request.Language,
        new(address, request.Email?.AfterMinutes ?? Preferences.Email.AfterMinutes));

    private static NotificationTypeSetting Fill(PutNotificationTypeSetting? given, NotificationTypeSetting otherwise) => new(given?.Enabled ?? otherwise.Enabled, given?.Priority ?? otherwise.Priority);
}
