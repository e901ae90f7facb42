using Caas.Realtime.Hubs;
using Microsoft.AspNetCore.SignalR;

namespace Caas.Realtime.Connections;

/// <summary>SignalR's own connections of one replica without a backplane: messages to users reach those who are connected here.</summary>
internal sealed class LocalLifetimeManager(ConnectionRegistrar registrar, ILogger<DefaultHubLifetimeManager<RealtimeHub>> logger) : DefaultHubLifetimeManager<RealtimeHub>(logger)
{
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        registrar.Add(connection);
        return base.OnConnectedAsync(connection);
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        registrar.Remove(connection);
        return base.OnDisconnectedAsync(connection);
    }
}
