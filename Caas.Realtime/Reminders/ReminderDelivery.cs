using Caas.Core.Delivery;
using Caas.Core.Reminders;
using Caas.Realtime.Connections;
using Caas.Realtime.Delivery;

namespace Caas.Realtime.Reminders;

/// <summary>Brings due reminders to their users' devices that are connected here: told through their tenant's channel, which a replica follows from the first connection of the tenant on.</summary>
internal sealed partial class ReminderDelivery(IConversationChannels channels, LocalConnections connections, ILogger<ReminderDelivery> logger) : IConnectionObserver
{
    private TenantChannels? _news;

    /// <summary>Somebody of this tenant is connected here.</summary>
    public void Joined(RealtimeConnection connection) => LazyInitializer.EnsureInitialized(ref _news, () => new(channels, ReminderTeller.ChannelOf, Receive, LogNotFollowed)).Follow(connection.Tenant);

    private void Receive(TenantId tenant, ReadOnlyMemory<byte> payload)
    {
        if (ReminderTeller.TryParse(payload) is not { } news)
        {
            LogMalformed(tenant, payload.Length);
            return;
        }

        foreach (var connection in connections.OfUser(tenant, new(news.User)))
        {
            connection.Send(nameof(IRealtimeClient.Reminder), news.Reminder, 300 + (news.Reminder.Text?.Length ?? 0));
        }
    }

    [LoggerMessage(3145, LogLevel.Warning, "Could not follow the reminders of tenant {Tenant}; its next connection tries again.")]
    private partial void LogNotFollowed(Exception exception, TenantId tenant);

    [LoggerMessage(3146, LogLevel.Warning, "Dropped a payload of {Bytes} bytes on the channel of reminders of tenant {Tenant}: it is none.")]
    private partial void LogMalformed(TenantId tenant, int bytes);
}
