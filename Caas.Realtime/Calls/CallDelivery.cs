using Caas.Core.Calls;
using Caas.Core.Delivery;
using Caas.Realtime.Connections;
using Caas.Realtime.Delivery;
using Microsoft.AspNetCore.SignalR;

namespace Caas.Realtime.Calls;

/// <summary>
/// Brings what happens in calls to the devices that are connected here: told through their tenant's channel, which a replica follows from the first connection of the tenant on. A device that
/// connects while it rings is told too.
/// </summary>
internal sealed partial class CallDelivery(IConversationChannels channels, LocalConnections connections, LocalCalls local, CallBells bells, CallService calls, ILogger<CallDelivery> logger) : IConnectionObserver
{
    private TenantChannels? _news;

    /// <summary>About how many bytes a signal has.</summary>
    public static int SizeOf(CallSignal signal) => 200 + signal.Payload.GetRawText().Length;

    public void Joined(RealtimeConnection connection) => _ = JoinedAsync(connection);

    /// <summary>The same to the connection of each of these.</summary>
    public static void Tell(IEnumerable<RealtimeConnection> devices, string method, object news, int size = 200)
    {
        SerializedHubMessage? message = null;
        foreach (var device in devices)
        {
            device.Send(message ??= RealtimeConnection.Serialized(method, news), size);
        }
    }

    private async Task JoinedAsync(RealtimeConnection connection)
    {
        try
        {
            // First the channel: what begins to ring meanwhile is heard there, perhaps twice.
            await LazyInitializer.EnsureInitialized(ref _news, () => new(channels, CallTeller.ChannelOf, Receive, LogNotFollowed)).FollowAsync(connection.Tenant);
            foreach (var call in await calls.RingingAsync(connection.Tenant, connection.User, CancellationToken.None))
            {
                bells.Rings(call.Key(), connection.User.Value);
                connection.Send(nameof(IRealtimeClient.CallRinging), new CallRinging(call.Id, call.Conversation, call.StartedBy, call.Media));

                // What was over at that moment was perhaps told before.
                await bells.LookAsync(call.Key(), connection.User.Value, connection, CancellationToken.None);
            }
        }
        catch (StoreUnavailableException)
        {
            // While nobody keeps calls, none rings.
        }
#pragma warning disable CA1031 // Nobody waits for this: what rings from now on is heard all the same.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotTold(exception, connection.Tenant);
        }
    }

    private void Receive(TenantId tenant, ReadOnlyMemory<byte> payload)
    {
        var heard = CallTeller.TryParse(payload);
        if (heard is not null)
        {
            bells.Hear(tenant, heard);
        }

        switch (heard)
        {
            case { Signal: { } signal, Connection: { } id, To: [var user] } when connections.TryGet(id, out var device):
                if (device.Tenant == tenant && device.User.Value == user)
                {
                    device.Send(nameof(IRealtimeClient.CallSignal), signal, SizeOf(signal));
                }

                break;
            case { Signal: not null }:
                break; // Another replica's.
            case { Ringing: { } ringing } news:
                Tell(DevicesOf(tenant, [.. news.To.Where(user => !bells.HasAnswered(new(tenant, ringing.CallId), user))]), nameof(IRealtimeClient.CallRinging), ringing);
                break;
            case { Accepted: { } accepted } news:
                Tell(DevicesOf(tenant, news.To), nameof(IRealtimeClient.CallAccepted), accepted);
                break;
            case { Declined: { } declined } news:
                Tell(DevicesOf(tenant, news.To), nameof(IRealtimeClient.CallDeclined), declined);
                break;
            case { Changed: { } changed } news:
                Tell(DevicesOf(tenant, news.To), nameof(IRealtimeClient.CallParticipantChanged), changed);
                break;
            case { Ended: { } ended } news:
                local.Forget(new(tenant, ended.CallId));
                Tell(DevicesOf(tenant, news.To), nameof(IRealtimeClient.CallEnded), ended);
                break;
            default:
                LogMalformed(tenant, payload.Length);
                break;
        }
    }

    private IEnumerable<RealtimeConnection> DevicesOf(TenantId tenant, IReadOnlyList<string> users) => users.SelectMany(user => connections.OfUser(tenant, new(user)));

    [LoggerMessage(3202, LogLevel.Warning, "Could not follow the calls of tenant {Tenant}; its next connection tries again.")]
    private partial void LogNotFollowed(Exception exception, TenantId tenant);

    [LoggerMessage(3205, LogLevel.Warning, "Could not tell a device of tenant {Tenant} that connected what rings for it.")]
    private partial void LogNotTold(Exception exception, TenantId tenant);

    [LoggerMessage(3203, LogLevel.Warning, "Dropped a payload of {Bytes} bytes on the channel of calls of tenant {Tenant}: it is none.")]
    private partial void LogMalformed(TenantId tenant, int bytes);
}
