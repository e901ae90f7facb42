using Caas.Core.Calls;
using Caas.Gateway.Callers;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Calls;

/// <summary>What calls need: <c>/v1/ice-servers</c> for users, <c>/v1/tenant/turn-servers</c> for the tenant's backend.</summary>
internal static class CallEndpoints
{
    public static void MapCalls(this IEndpointRouteBuilder v1)
    {
        v1.MapGet("/ice-servers", GetIceServersAsync).WithName("GetIceServers").WithSummary("Get STUN and TURN servers").WithTags("Calls").AllowCallers(CallerKinds.Backend | CallerKinds.User, "conversations")
            .Refuses(Refusal.OnBehalfOfRequired).WithDescription("As a browser's RTCPeerConnection takes them, with credentials for this user that end at `expiresAt`. Ask anew for each call.");
        var group = v1.MapGroup("/tenant/turn-servers").WithTags("Own tenant").AllowCallers(CallerKinds.Backend, "tenant");
        group.MapGet("/", GetTurnServersAsync).WithName("GetTurnServers").WithSummary("Get the tenant's own STUN and TURN servers").WithDescription("The secret is never shown.");
        group.MapPut("/", PutTurnServersAsync).WithName("PutTurnServers").WithSummary("Replace the tenant's own STUN and TURN servers")
            .WithDescription("They go before the platform's. A secret that is not given stays as it is. It counts within 5 s, for credentials that are asked for from then on.");
        group.MapDelete("/", DeleteTurnServersAsync).WithName("DeleteTurnServers").WithSummary("Use the platform's STUN and TURN servers");
    }

    private static async Task<Ok<IceServersResponse>> GetIceServersAsync(Caller caller, IceServerService servers, CancellationToken cancellationToken) =>
        TypedResults.Ok(await servers.GetAsync(caller, cancellationToken));

    private static async Task<Ok<TurnServersResponse>> GetTurnServersAsync(Caller caller, TurnServerService servers, CancellationToken cancellationToken) =>
        TypedResults.Ok(await servers.GetAsync(caller, cancellationToken));

    private static async Task<Ok<TurnServersResponse>> PutTurnServersAsync(PutTurnServersRequest request, Caller caller, TurnServerService servers, CancellationToken cancellationToken) =>
        TypedResults.Ok(await servers.PutAsync(caller, request, cancellationToken));

    private static async Task<NoContent> DeleteTurnServersAsync(Caller caller, TurnServerService servers, CancellationToken cancellationToken)
    {
        await servers.DeleteAsync(caller, cancellationToken);
        return TypedResults.NoContent();
    }
}
