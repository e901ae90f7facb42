using Caas.Core.Usage;
using Caas.Realtime.Blocks;
using Caas.Realtime.Calls;
using Caas.Realtime.Delivery;
using Caas.Realtime.Evictions;
using Caas.Realtime.Notifications;
using Caas.Realtime.Presence;
using Caas.Realtime.Receipts;
using Caas.Realtime.Reminders;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Connections;

/// <summary>Takes SignalR's connections into this replica's care and out of it. Called by the lifetime manager: nobody else is given them.</summary>
internal sealed class ConnectionRegistrar(LocalConnections connections, ConversationWatchers watchers, ReceiptDelivery receipts, ReminderDelivery reminders, NotificationDelivery notifications, CallDelivery calls, LocalCalls entered, ConnectionBlocks blocks, PresenceTracker presence, PresenceFollowers followers, Evictor evictor, UsageTracker usage, IOptions<RealtimeOptions> options, RealtimeMetrics metrics, ILoggerFactory loggers, TimeProvider clock)
{
    private readonly ILogger<SignalRCarrier> _logger = loggers.CreateLogger<SignalRCarrier>();

    public void Add(HubConnectionContext connection)
    {
        var caller = CallerIdentity.CallerOf(connection.User) ?? throw new HubException($"{Refusal.Unauthenticated.Code}: {Refusal.Unauthenticated.Title}");
        var carrier = new SignalRCarrier(connection, metrics, _logger);
        var outbox = new Outbox(carrier, options.Value.QueueMessages, options.Value.QueueBytes, metrics, clock);
        var registered = new RealtimeConnection(connection.ConnectionId, caller, carrier, outbox, clock);
        connections.Add(registered);
        usage.Active(registered.Tenant, registered.User);
        receipts.Follow(registered.Tenant);
        reminders.Follow(registered.Tenant);
        calls.Connected(registered);
        notifications.Follow(registered.Tenant);
        blocks.Follow(registered);
        presence.Connected(registered);

        // Whoever was revoked while connecting was not among the connections then.
        evictor.Check(registered);
    }

    public void Remove(HubConnectionContext connection)
    {
        if (connections.Remove(connection.ConnectionId) is { } removed)
        {
            removed.Outbox.Finish(last: null, static () => { });
            watchers.Leave(removed);
            followers.Leave(removed);
            presence.Disconnected(removed);
            entered.Lost(removed);
        }
    }

    /// <summary>Sends to users (<c>tenant/user</c>) who are connected here.</summary>
    public Task SendLocallyAsync(IReadOnlyList<string> users, string method, object?[] arguments)
    {
        var message = new Outgoing(new SerializedHubMessage(new InvocationMessage(method, arguments)), 500);
        foreach (var user in users)
        {
            if (user.Split('/') is [var tenant, var id])
            {
                foreach (var connection in connections.OfUser(new(tenant), new(id)))
                {
                    connection.Outbox.Add(message);
                }
            }
        }

        return Task.CompletedTask;
    }
}
