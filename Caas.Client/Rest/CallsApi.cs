using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>What calls need and leave behind.</summary>
public sealed class CallsApi
{
    private readonly RestCaller _caller;

    internal CallsApi(RestCaller caller) => _caller = caller;

    /// <summary>The newest first: those that the user was called to or was in, or all of a conversation; without a user all of the tenant.</summary>
    public IAsyncEnumerable<CallResponse> ListAsync(string? conversationId = null, CancellationToken cancellationToken = default) => _caller.ListAsync<CallResponse>(ListPath(conversationId), cancellationToken);

    public Task<Page<CallResponse>> PageAsync(string? conversationId = null, string? cursor = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _caller.PageAsync<CallResponse>(ListPath(conversationId), cursor, limit, cancellationToken);

    public Task<CallResponse> GetAsync(string callId, CancellationToken cancellationToken = default) => _caller.GetAsync<CallResponse>(Path($"/v1/calls/{callId}"), cancellationToken);

    /// <summary>What the devices measured.</summary>
    public Task<CallQualityResponse> GetQualityAsync(string callId, CancellationToken cancellationToken = default) => _caller.GetAsync<CallQualityResponse>(Path($"/v1/calls/{callId}/quality"), cancellationToken);

    /// <summary>The user's STUN and TURN servers, to be asked for anew for each call.</summary>
    public Task<IceServersResponse> GetIceServersAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<IceServersResponse>("/v1/ice-servers", cancellationToken);

    private static string ListPath(string? conversationId) => Query("/v1/calls", ("conversationId", conversationId));
}
