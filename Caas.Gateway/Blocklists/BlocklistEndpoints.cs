using Caas.Core.Blocklists;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;

namespace Caas.Gateway.Blocklists;

/// <summary><c>/v1/moderation/blocklist</c>: the tenant's backend alone.</summary>
internal static class BlocklistEndpoints
{
    public static void MapBlocklist(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/moderation/blocklist").WithTags("Moderation").AllowCallers(CallerKinds.Backend, "moderation");
        group.MapGet("/", GetAsync).WithName("GetBlocklist").WithSummary("Get what users may not write");
        group.MapPut("/", PutAsync).WithName("PutBlocklist").Audited("blocklist.changed").WithSummary("Say what users may not write").WithDescription("Replaces the list. It counts within 5 s, for what is sent or edited from then on; for everybody but the backend that speaks for the tenant.");
    }

    private static async Task<Ok<BlocklistResponse>> GetAsync(Caller caller, BlocklistService blocklists, CancellationToken cancellationToken) =>
        TypedResults.Ok(await blocklists.GetAsync(caller, cancellationToken));

    private static async Task<Ok<BlocklistResponse>> PutAsync(PutBlocklistRequest request, Caller caller, BlocklistService blocklists, CancellationToken cancellationToken) =>
        TypedResults.Ok(await blocklists.PutAsync(caller, request, cancellationToken));
}
