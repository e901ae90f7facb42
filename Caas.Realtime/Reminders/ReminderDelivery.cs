using System.Collections.Concurrent;
using Caas.Core.Delivery;
using Caas.Core.Reminders;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Reminders;

/// <summary>Brings due reminders to their users' devices that are connected here: told through their tenant's channel, which a replica follows from the first connection of the tenant on.</summary>
internal sealed partial class ReminderDelivery(IConversationChannels channels, LocalConnections connections, ILogger<ReminderDelivery> logger)
{
    /// <summary>There are few tenants, and none is added by clients: a channel that was followed once stays.</summary>
    private readonly ConcurrentDictionary<TenantId, Task> _followed = [];

    /// <summary>Somebody of this tenant is connected here.</summary>
    public void Follow(TenantId tenant) => _ = _followed.GetOrAdd(tenant, FollowAsync);

    private async Task FollowAsync(TenantId tenant)
    {
        try
        {
            // Kept for as long as the process lives.
            _ = await channels.SubscribeAsync(ReminderTeller.ChannelOf(tenant), payload => Receive(tenant, payload), CancellationToken.None);
        }
#pragma warning disable CA1031 // Nobody waits for this: the next connection of the tenant tries again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotFollowed(exception, tenant);
            _followed.TryRemove(tenant, out _);
        }
    }

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
