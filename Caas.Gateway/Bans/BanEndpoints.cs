using Caas.Core.Bans;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Bans;

/// <summary><c>/v1/moderation/bans</c>; for the backend.</summary>
internal static class BanEndpoints
{
    public static void MapBans(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/moderation/bans").WithTags("Moderation").AllowCallers(CallerKinds.Backend, "moderation");
        group.MapGet("/", ListAsync).WithName("ListBans").WithSummary("List bans").WithDescription("Those in force, by user.").Refuses(Refusal.InvalidCursor);
        group.MapPut("/{userId}", PutAsync).WithName("BanUser").Audited("user.banned").WithSummary("Ban a user from the tenant or a conversation")
            .WithDescription("From the tenant: calls are `banned`, connections end within 5 s. From a group or channel: the user is no longer a member and cannot become one. A second call changes `expiresAt` and `reason`.")
            .Refuses(Refusal.UserNotFound, Refusal.ConversationNotFound);
        group.MapDelete("/{userId}", DeleteAsync).WithName("UnbanUser").Audited("user.unbanned", "conversationId").WithSummary("Lift a ban").WithDescription("From the tenant, or from `conversationId`. Repeating it changes nothing.").Refuses(Refusal.UserNotFound);
    }

    private static async Task<Ok<Page<BanResponse>>> ListAsync(int? limit, string? cursor, Caller caller, BanService bans, CancellationToken cancellationToken) =>
        TypedResults.Ok(await bans.ListAsync(caller, limit, cursor, cancellationToken));

    private static async Task<Ok<BanResponse>> PutAsync(string userId, PutBanRequest request, Caller caller, BanService bans, CancellationToken cancellationToken) =>
        TypedResults.Ok(await bans.PutAsync(caller, userId, request, cancellationToken));

    private static async Task<NoContent> DeleteAsync(string userId, string? conversationId, Caller caller, BanService bans, CancellationToken cancellationToken)
    {
        await bans.DeleteAsync(caller, userId, conversationId, cancellationToken);
        return TypedResults.NoContent();
    }
}
