using Caas.Core.Privacy;
using Caas.Gateway.Callers;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Privacy;

/// <summary><c>/v1/privacy</c>: the caller's own.</summary>
internal static class PrivacyEndpoints
{
    public static void MapPrivacy(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/privacy").WithTags("Privacy").AllowCallers(CallerKinds.Backend | CallerKinds.User, "users").Refuses(Refusal.OnBehalfOfRequired);
        group.MapGet("/", GetAsync).WithName("GetPrivacy").WithSummary("Get what you let others know").WithDescription("Everything, unless it was changed.");
        group.MapPut("/", PutAsync).WithName("PutPrivacy").WithSummary("Choose what you let others know").WithDescription("Replaces all of it: what is absent is on, and a field that is none of these is refused. It counts everywhere within 5 s.");
    }

    private static async Task<Ok<PrivacyResponse>> GetAsync(Caller caller, PrivacyService privacy, CancellationToken cancellationToken) =>
        TypedResults.Ok(await privacy.GetAsync(caller, cancellationToken));

    private static async Task<Ok<PrivacyResponse>> PutAsync(PutPrivacyRequest request, Caller caller, PrivacyService privacy, CancellationToken cancellationToken) =>
        TypedResults.Ok(await privacy.PutAsync(caller, request, cancellationToken));
}
