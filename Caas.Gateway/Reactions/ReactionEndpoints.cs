using Caas.Core.Reactions;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Reactions;

/// <summary><c>/v1/conversations/{id}/messages/{messageId}/reactions/{emoji}</c>: the caller's own.</summary>
internal static class ReactionEndpoints
{
    public static void MapReactions(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/conversations/{conversationId}/messages/{messageId}/reactions").WithTags("Reactions").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages")
            .Refuses(Refusal.ConversationNotFound, Refusal.NotAMember, Refusal.MessageNotFound, Refusal.OnBehalfOfRequired);
        group.MapPut("/{emoji}", AddAsync).WithName("AddReaction").WithSummary("React to a message").WithDescription("Repeating it changes nothing.").MakesEntry();
        group.MapDelete("/{emoji}", RemoveAsync).WithName("RemoveReaction").WithSummary("Take a reaction back").WithDescription("Repeating it changes nothing.").MakesEntry();
    }

    private static async Task<Ok<MessageResponse>> AddAsync(string conversationId, string messageId, string emoji, IdempotencyKey key, Caller caller, ReactionService reactions, CancellationToken cancellationToken) =>
        TypedResults.Ok((await reactions.AddAsync(caller, new(conversationId), messageId, emoji, key.Value, cancellationToken)).Message);

    private static async Task<NoContent> RemoveAsync(string conversationId, string messageId, string emoji, IdempotencyKey key, Caller caller, ReactionService reactions, CancellationToken cancellationToken)
    {
        await reactions.RemoveAsync(caller, new(conversationId), messageId, emoji, key.Value, cancellationToken);
        return TypedResults.NoContent();
    }
}
