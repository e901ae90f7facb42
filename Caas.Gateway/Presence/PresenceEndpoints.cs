using Caas.Core.Presence;
using Caas.Gateway.Callers;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Presence;

/// <summary><c>/v1/presence</c>.</summary>
internal static class PresenceEndpoints
{
    public static void MapPresence(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/presence").WithTags("Presence").AllowCallers(CallerKinds.Backend | CallerKinds.User, "users");
        group.MapGet("/", GetAsync).WithName("GetPresence").WithSummary("See who is there")
            .WithDescription("`userIds`: 1 to 200, separated by commas or given more than once. Who is invisible is offline for everybody else, and so is an id that nobody has. All are in one answer.");
        group.MapPut("/", PutAsync).WithName("PutPresence").WithSummary("Choose what to be seen as").Refuses(Refusal.OnBehalfOfRequired)
            .WithDescription("It shows while the user has a device that is connected, and holds until it is chosen anew or `expiresAt` comes, also over reconnects.");
        group.MapGet("/summary", SummarizeAsync).WithName("GetPresenceSummary").WithSummary("See how many are there").AllowCallers(CallerKinds.Backend, "users")
            .WithDescription("Now by status; and the peak and the sessions since midnight, UTC.");
    }

    private static async Task<Ok<Page<PresenceState>>> GetAsync(string[]? userIds, Caller caller, PresenceService presence, CancellationToken cancellationToken) =>
        TypedResults.Ok(new Page<PresenceState>(await presence.GetAsync(caller, userIds?.SelectMany(ids => ids.Split(',')).ToArray(), cancellationToken), null));

    private static async Task<Ok<PresenceState>> PutAsync(SetPresenceRequest request, Caller caller, PresenceService presence, CancellationToken cancellationToken) =>
        TypedResults.Ok(await presence.SetAsync(caller, request, cancellationToken));

    private static async Task<Ok<PresenceSummary>> SummarizeAsync(Caller caller, PresenceService presence, CancellationToken cancellationToken) =>
        TypedResults.Ok(await presence.SummarizeAsync(caller, cancellationToken));
}
