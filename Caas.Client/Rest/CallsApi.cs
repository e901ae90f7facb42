using Caas.Contracts;

namespace Caas.Client;

/// <summary>What calls need and leave behind.</summary>
public sealed class CallsApi
{
    private readonly RestCaller _caller;

    internal CallsApi(RestCaller caller) => _caller = caller;

    /// <summary>The user's STUN and TURN servers, to be asked for anew for each call.</summary>
    public Task<IceServersResponse> GetIceServersAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<IceServersResponse>("/v1/ice-servers", cancellationToken);
}
