using Caas.Core.Delivery;
using Caas.Core.Notifications;
using Caas.Realtime.Connections;
using Caas.Realtime.Delivery;

namespace Caas.Realtime.Notifications;

/// <summary>Brings notifications to their users' devices that are connected here: told through their tenant's channel, which a replica follows from the first connection of the tenant on.</summary>
internal sealed partial class NotificationDelivery(IConversationChannels channels, LocalConnections connections, ILogger<NotificationDelivery> logger) : IConnectionObserver
{
    private TenantChannels? _news;

    /// <summary>Somebody of this tenant is connected here.</summary>
    public void Joined(RealtimeConnection connection) => LazyInitializer.EnsureInitialized(ref _news, () => new(channels, NotificationNews.ChannelOf, Receive, LogNotFollowed)).Follow(connection.Tenant);

    private void Receive(TenantId tenant, ReadOnlyMemory<byte> payload)
    {
        if (NotificationNews.TryParse(payload) is not { } batch)
        {
            LogMalformed(tenant, payload.Length);
            return;
        }

        foreach (var told in batch.Items)
        {
            foreach (var connection in connections.OfUser(tenant, new(told.User)))
            {
                if (told.Notification is { } notification)
                {
                    connection.Send(nameof(IRealtimeClient.Notification), notification, 500 + notification.Title.Length + notification.Body.Length);
                }

                if (told.Withdrawn is { } withdrawn)
                {
                    connection.Send(nameof(IRealtimeClient.NotificationWithdrawn), withdrawn, 500 + (withdrawn.Notification is { } left ? left.Title.Length + left.Body.Length : 0));
                }

                if (told.Unread is { } unread)
                {
                    connection.Send(nameof(IRealtimeClient.NotificationsRead), new UnreadNotificationsResponse(unread), 100);
                }
            }
        }
    }

    [LoggerMessage(3191, LogLevel.Warning, "Could not follow the notifications of tenant {Tenant}; its next connection tries again.")]
    private partial void LogNotFollowed(Exception exception, TenantId tenant);

    [LoggerMessage(3192, LogLevel.Warning, "Dropped a payload of {Bytes} bytes on the channel of notifications of tenant {Tenant}: it is none.")]
    private partial void LogMalformed(TenantId tenant, int bytes);
}
