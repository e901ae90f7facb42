using Caas.Core.Calls;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Calls;

/// <summary>The hub's calls that are about calls.</summary>
internal sealed class CallCalls(IceServerService iceServers)
{
    public Task<IceServersResponse> GetIceServersAsync(RealtimeConnection connection, CancellationToken cancellationToken) => iceServers.GetAsync(connection.Caller, cancellationToken);
}
