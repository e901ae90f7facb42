using Caas.Contracts;

namespace Caas.Client;

/// <summary>Calls between users.</summary>
public sealed partial class CaasConnection
{
    /// <summary>STUN and TURN servers with credentials for this user; to be asked for anew for each call.</summary>
    /// <exception cref="CaasException"><c>rate_limited</c>, <c>unavailable</c>; what ended the connection; <see cref="ClientCodes.Unreachable"/> when it was lost meanwhile.</exception>
    public Task<IceServersResponse> GetIceServersAsync(CancellationToken cancellationToken = default) => AskAsync<IceServersResponse>("GetIceServers", [], cancellationToken);
}
