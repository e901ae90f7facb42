using Caas.Contracts;

namespace Caas.Core.Notifications;

/// <summary>What is asked about one user and one thing that happened.</summary>
/// <param name="Muted">Whether the user muted the conversation.</param>
/// <param name="Online">Whether a device of the user is connected.</param>
/// <param name="Conversation">Null: it belongs to none.</param>
public sealed record NotificationQuestion(NotificationType Type, string? Conversation, bool Muted, bool Online, DateTimeOffset Now);

/// <summary>On which ways a user is notified of something.</summary>
/// <param name="InApp">Inbox, and connected devices.</param>
/// <param name="Push">Devices that are registered.</param>
/// <param name="Email">The next digest.</param>
public sealed record NotificationDecision(bool InApp, bool Push, bool Email, NotificationPriority Priority)
{
    public static readonly NotificationDecision Nothing = new(InApp: false, Push: false, Email: false, NotificationPriority.Low);

    public bool IsAny => InApp || Push || Email;

    /// <summary>
    /// A setting for the conversation comes first: it also brings back what was muted. Muted conversations let calls ring. Quiet hours keep pushes back, unless it is urgent and that may pass;
    /// the inbox has everything.
    /// </summary>
    public static NotificationDecision Of(NotificationPreferencesResponse preferences, NotificationQuestion question)
    {
        var type = TypeOf(preferences.Types, question.Type);
        var here = question.Conversation is { } id && preferences.Conversations.TryGetValue(id, out var found) && (found.Until is null || found.Until > question.Now) ? found : null;
        if (!type.Enabled || !Wants(here?.Level ?? (question.Muted ? null : NotificationLevel.All), question.Type))
        {
            return Nothing;
        }

        var priority = here?.Priority ?? type.Priority;
        var kept = QuietTimes.IsQuiet(preferences.QuietHours, question.Now) && !(priority == NotificationPriority.Urgent && preferences.QuietHours!.AllowUrgent != false);
        var channels = preferences.Channels;
        return new(channels.InApp, channels.Push && !question.Online && !kept, channels.Email && preferences.Email.Address is not null && !question.Online, priority);
    }

    /// <param name="level">Null: muted.</param>
    private static bool Wants(NotificationLevel? level, NotificationType type) => level switch
    {
        NotificationLevel.All => true,
        NotificationLevel.Mentions => type != NotificationType.Messages,
        NotificationLevel.None => false,
        _ => type is NotificationType.Calls or NotificationType.System,
    };

    private static NotificationTypeSetting TypeOf(NotificationTypes types, NotificationType type) => type switch
    {
        NotificationType.Mentions => types.Mentions,
        NotificationType.Calls => types.Calls,
        NotificationType.System => types.System,
        _ => types.Messages,
    };
}
