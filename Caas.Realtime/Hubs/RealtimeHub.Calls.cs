using Caas.Core.RateLimits;

namespace Caas.Realtime.Hubs;

/// <summary>Calls between users.</summary>
internal sealed partial class RealtimeHub
{
    /// <summary>STUN and TURN servers as a browser takes them, with credentials for the caller. To be asked anew for each call.</summary>
    public async Task<IceServersResponse> GetIceServers()
    {
        await guard.TakeAsync(Caller, HubAction.Join, Context.ConnectionAborted);
        return await calls.GetIceServersAsync(Connection, Context.ConnectionAborted);
    }
}
