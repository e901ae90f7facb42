using Caas.Core.Calls;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Calls;

/// <summary><c>/v1/calls</c>, and what calls need: <c>/v1/ice-servers</c> for users, <c>/v1/tenant/turn-servers</c> for the tenant's backend.</summary>
internal static class CallEndpoints
{
    public static void MapCalls(this IEndpointRouteBuilder v1)
    {
        v1.MapGet("/ice-servers", GetIceServersAsync).WithName("GetIceServers").WithSummary("Get STUN and TURN servers").WithTags("Calls").AllowCallers(CallerKinds.Backend | CallerKinds.User, "conversations")
            .Refuses(Refusal.OnBehalfOfRequired).WithDescription("As a browser's RTCPeerConnection takes them, with credentials for this user that end at `expiresAt`. Ask anew for each call.");
        var calls = v1.MapGroup("/calls").WithTags("Calls").AllowCallers(CallerKinds.Backend | CallerKinds.User, "conversations");
        calls.MapGet("/", ListAsync).WithName("ListCalls").WithSummary("List calls, the newest first")
            .WithDescription("Those that the caller was called to or was in, or with `conversationId` all of a conversation; for a backend that names no user all of the tenant.").Refuses(Refusal.InvalidCursor, Refusal.ConversationNotFound, Refusal.NotAMember);
        calls.MapGet("/{callId}", GetAsync).WithName("GetCall").WithSummary("Get a call").Refuses(Refusal.CallNotFound);
        calls.MapGet("/{callId}/quality", GetQualityAsync).WithName("GetCallQuality").WithSummary("Get what the devices of a call measured").WithDescription("Of each participant who reported: average, worst, and how many reports told of an issue.").Refuses(Refusal.CallNotFound);
        var group = v1.MapGroup("/tenant/turn-servers").WithTags("Own tenant").AllowCallers(CallerKinds.Backend, "tenant");
        group.MapGet("/", GetTurnServersAsync).WithName("GetTurnServers").WithSummary("Get the tenant's own STUN and TURN servers").WithDescription("The secret is never shown.");
        group.MapPut("/", PutTurnServersAsync).WithName("PutTurnServers").Audited("turn_servers.changed").WithSummary("Replace the tenant's own STUN and TURN servers")
            .WithDescription("They go before the platform's. A secret that is not given stays as it is. It counts within 5 s, for credentials that are asked for from then on.");
        group.MapDelete("/", DeleteTurnServersAsync).WithName("DeleteTurnServers").Audited("turn_servers.changed").WithSummary("Use the platform's STUN and TURN servers");
    }

    private static async Task<Ok<IceServersResponse>> GetIceServersAsync(Caller caller, IceServerService servers, CancellationToken cancellationToken) =>
        TypedResults.Ok(await servers.GetAsync(caller, cancellationToken));

    private static async Task<Ok<Page<CallResponse>>> ListAsync(string? conversationId, int? limit, string? cursor, Caller caller, CallHistory history, CancellationToken cancellationToken) =>
        TypedResults.Ok(await history.ListAsync(caller, conversationId, limit, cursor, cancellationToken));

    private static async Task<Ok<CallResponse>> GetAsync(string callId, Caller caller, CallHistory history, CancellationToken cancellationToken) => TypedResults.Ok(await history.GetAsync(caller, callId, cancellationToken));

    private static async Task<Ok<CallQualityResponse>> GetQualityAsync(string callId, Caller caller, CallHistory history, CancellationToken cancellationToken) =>
        TypedResults.Ok(await history.GetQualityAsync(caller, callId, cancellationToken));

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
