using Caas.Core.Pins;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Pins;

/// <summary><c>/v1/conversations/{id}/messages/{messageId}/pin</c> and <c>/v1/conversations/{id}/pins</c>.</summary>
internal static class PinEndpoints
{
    public static void MapPins(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/conversations/{conversationId}").WithTags("Pins").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages").Refuses(Refusal.ConversationNotFound, Refusal.NotAMember);
        group.MapPut("/messages/{messageId}/pin", PinAsync).WithName("PinMessage").WithSummary("Pin a message")
            .WithDescription("By owners and moderators, in a direct conversation by both. At most 100 of a conversation. Repeating it changes nothing.").MakesEntry().Refuses(Refusal.MessageNotFound, Refusal.LimitReached);
        group.MapDelete("/messages/{messageId}/pin", UnpinAsync).WithName("UnpinMessage").WithSummary("Take a pin away").WithDescription("By those who may pin. Repeating it changes nothing.").MakesEntry().Refuses(Refusal.MessageNotFound);
        group.MapGet("/pins", ListAsync).WithName("ListPins").WithSummary("List pinned messages").WithDescription("Newest pin first. A page may have fewer items than its limit.").Refuses(Refusal.InvalidCursor);
    }

    private static async Task<Ok<MessageResponse>> PinAsync(string conversationId, string messageId, IdempotencyKey key, Caller caller, PinService pins, CancellationToken cancellationToken) =>
        TypedResults.Ok((await pins.PinAsync(caller, new(conversationId), messageId, key.Value, cancellationToken)).Message);

    private static async Task<NoContent> UnpinAsync(string conversationId, string messageId, IdempotencyKey key, Caller caller, PinService pins, CancellationToken cancellationToken)
    {
        await pins.UnpinAsync(caller, new(conversationId), messageId, key.Value, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<Page<PinResponse>>> ListAsync(string conversationId, int? limit, string? cursor, Caller caller, PinService pins, CancellationToken cancellationToken) =>
        TypedResults.Ok(await pins.ListAsync(caller, new(conversationId), limit, cursor, cancellationToken));
}
