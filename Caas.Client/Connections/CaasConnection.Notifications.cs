using Caas.Contracts;

namespace Caas.Client;

/// <summary>Notifications.</summary>
public sealed partial class CaasConnection
{
    /// <summary>Something happened that the user does not watch; perhaps told twice. What came while there was no connection is not told: read <see cref="NotificationsApi.ListAsync"/>. Must be quick.</summary>
    public event Action<NotificationResponse>? Notified;

    /// <summary>The user marked notifications as read, on whatever device: how many are left. Must be quick.</summary>
    public event Action<long>? NotificationsRead;

    /// <summary>What a notification was about was deleted: what is left of it, if anything, and how many are unread. Perhaps told twice. Must be quick.</summary>
    public event Action<NotificationWithdrawn>? NotificationWithdrawn;

    void IWireOwner.OnNotification(Wire wire, NotificationResponse notification) => Notified?.Invoke(notification);

    void IWireOwner.OnNotificationsRead(Wire wire, UnreadNotificationsResponse unread) => NotificationsRead?.Invoke(unread.Unread);

    void IWireOwner.OnNotificationWithdrawn(Wire wire, NotificationWithdrawn withdrawn) => NotificationWithdrawn?.Invoke(withdrawn);
}
