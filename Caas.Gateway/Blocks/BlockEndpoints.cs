using Caas.Core.Blocks;
using Caas.Gateway.Callers;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Blocks;

/// <summary><c>/v1/blocks</c>: whom the caller blocks.</summary>
internal static class BlockEndpoints
{
    public static void MapBlocks(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/blocks").WithTags("Blocks").AllowCallers(CallerKinds.Backend | CallerKinds.User, "users").Refuses(Refusal.OnBehalfOfRequired);
        group.MapGet("/", ListAsync).WithName("ListBlocks").WithSummary("List whom you block").WithDescription("By user id.").Refuses(Refusal.InvalidCursor);
        group.MapPut("/{userId}", PutAsync).WithName("BlockUser").WithSummary("Block somebody")
            .WithDescription("Neither sees the other's presence, typing, mentions, and messages in their direct conversation, to which neither can send; elsewhere you do not see the other's messages. At most 1,000. Repeating it changes nothing.")
            .Refuses(Refusal.UserNotFound, Refusal.LimitReached);
        group.MapDelete("/{userId}", DeleteAsync).WithName("UnblockUser").WithSummary("Block somebody no longer").WithDescription("Everything is seen again. Repeating it changes nothing.");
    }

    private static async Task<Ok<Page<BlockResponse>>> ListAsync(int? limit, string? cursor, Caller caller, BlockService blocks, CancellationToken cancellationToken) =>
        TypedResults.Ok(await blocks.ListAsync(caller, limit, cursor, cancellationToken));

    private static async Task<Ok<BlockResponse>> PutAsync(string userId, Caller caller, BlockService blocks, CancellationToken cancellationToken) =>
        TypedResults.Ok(await blocks.PutAsync(caller, userId, cancellationToken));

    private static async Task<NoContent> DeleteAsync(string userId, Caller caller, BlockService blocks, CancellationToken cancellationToken)
    {
        await blocks.DeleteAsync(caller, userId, cancellationToken);
        return TypedResults.NoContent();
    }
}
