using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Tenants;
using Caas.Core.Users;

namespace Caas.Core.Notifications;

/// <summary>What happened, with what its texts are filled with.</summary>
public sealed record ToldHappening(Happening Happening, NotificationContent Content, TenantNotifications? Settings);

/// <summary>Tells connected devices, and Kafka, what stands in inboxes now.</summary>
public sealed class NotificationTeller(IUserStore users, TenantDirectory tenants, NotificationNews news, NotificationTopic topic, NotificationMetrics metrics, TimeProvider clock)
{
    /// <summary>As it is now: an event may come long after it happened, and who did it may be erased.</summary>
    /// <returns>Null: there is nothing to be told any more.</returns>
    public async Task<ToldHappening?> PrepareAsync(Happening happening, Conversation conversation, CancellationToken cancellationToken)
    {
        var sender = happening.Actor is { } actor && PublicId.IsValid(actor) ? await users.FindAnyAsync(conversation.Tenant, new(actor), cancellationToken) : null;
        if (sender?.Erased is { } erased)
        {
            if (happening.Message is not null)
            {
                return null;
            }

            (happening, sender) = (happening with { Actor = erased.Pseudonym }, null);
        }

        var settings = (await tenants.FindAsync(conversation.Tenant, cancellationToken))?.Settings.Notifications;
        return new(happening, NotificationViews.ContentOf(sender?.Name, conversation, happening.Message), settings);
    }

    public async Task TellAsync(ToldHappening told, IReadOnlyList<(Addressee Addressee, NotificationRow Row)> rows, CancellationToken cancellationToken)
    {
        var tenant = told.Happening.Log.Tenant;
        var shaped = rows.Select(one => (one.Addressee, Notification: Shape(told, one.Addressee, one.Row))).ToArray();
        news.Tell(tenant, shaped.Where(one => one.Addressee.Online).Select(one => new ToldNotification(one.Addressee.User.Id.Value, one.Notification, Unread: null)));
        await topic.PublishAsync(tenant, [.. shaped.Select(one => (one.Addressee.User.Id, one.Notification))], cancellationToken);
        metrics.Notified(rows.Count);
    }

    /// <summary>Tells users' devices how many are unread now.</summary>
    public void TellUnread(TenantId tenant, IReadOnlyList<(UserId User, long Unread)> users) => news.Tell(tenant, users.Select(one => new ToldNotification(one.User.Value, null, one.Unread)));

    /// <summary>Everybody has heard of it.</summary>
    public void Told(ToldHappening told) => metrics.Handled(clock.GetUtcNow() - told.Happening.At);

    private static NotificationResponse Shape(ToldHappening told, Addressee addressee, NotificationRow row) => NotificationViews.Shape(
        row,
        told.Happening.Message?.Id,
        NotificationTemplates.Render(told.Settings, addressee.User.Notifications.Language, row.Kind, row.Count, told.Content));
}
