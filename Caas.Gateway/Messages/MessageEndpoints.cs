using Caas.Core.Messages;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Messages;

/// <summary><c>/v1/conversations/{id}/messages</c>.</summary>
internal static class MessageEndpoints
{
    public static void MapMessages(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/conversations/{conversationId}/messages").WithTags("Messages").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages").Refuses(Refusal.ConversationNotFound, Refusal.NotAMember);
        group.MapPost("/", SendAsync).WithName("SendMessage").WithSummary("Send a message").MakesEntry().Refuses(Refusal.ClientMessageIdReused, Refusal.Blocked, Refusal.SlowMode)
            .WithDescription("Durable when it is answered. 200 with the first answer when its `clientMessageId` was seen before. From a backend that names no user it is a system message.");
        group.MapGet("/", ListAsync).WithName("ListMessages").WithSummary("List messages, newest first")
            .WithDescription("At most one of `before`, `after`, `around` (seqs): `before` takes the nearest older, `after` the nearest newer, `around` half of each. `next` is the seq to go on with in the same direction.");
        group.MapGet("/{messageId}", GetAsync).WithName("GetMessage").WithSummary("Get a message").Refuses(Refusal.MessageNotFound);
        group.MapPatch("/{messageId}", EditAsync).WithName("EditMessage").WithSummary("Edit a message").MakesEntry().Refuses(Refusal.Blocked, Refusal.MessageNotFound, Refusal.ClientMessageIdReused);
        group.MapDelete("/{messageId}", DeleteAsync).WithName("DeleteMessage").WithSummary("Delete a message for everyone").WithDescription("Final. Deleting again changes nothing.").Refuses(Refusal.MessageNotFound);
        group.MapGet("/{messageId}/history", GetHistoryAsync).WithName("GetMessageHistory").WithSummary("Get all versions of a message").WithDescription("For its sender, moderators, owners and the backend.").Refuses(Refusal.MessageNotFound);
    }

    private static async Task<Results<Created<MessageResponse>, Ok<MessageResponse>>> SendAsync(string conversationId, SendMessageRequest request, IdempotencyKey key, Caller caller, MessageService messages, HttpResponse response, CancellationToken cancellationToken)
    {
        var sent = await messages.SendAsync(caller, new(conversationId), request, key.Value, cancellationToken);
        if (!sent.Duplicate)
        {
            return TypedResults.Created($"/v1/conversations/{conversationId}/messages/{sent.Message.Id}", sent.Message);
        }

        if (key.Value is not null)
        {
            response.Headers[IdempotencyKey.ReplayedHeader] = "true";
        }

        return TypedResults.Ok(sent.Message);
    }

    private static async Task<Ok<MessagePage>> ListAsync(string conversationId, long? before, long? after, long? around, int? limit, Caller caller, MessageReader messages, CancellationToken cancellationToken) =>
        TypedResults.Ok(await messages.ListAsync(caller, new(conversationId), new(before, after, around, limit), cancellationToken));

    private static async Task<Ok<MessageResponse>> GetAsync(string conversationId, string messageId, Caller caller, MessageReader messages, CancellationToken cancellationToken) =>
        TypedResults.Ok(await messages.GetAsync(caller, new(conversationId), messageId, cancellationToken));

    private static async Task<Ok<MessageResponse>> EditAsync(string conversationId, string messageId, EditMessageRequest request, IdempotencyKey key, Caller caller, MessageService messages, CancellationToken cancellationToken) =>
        TypedResults.Ok((await messages.EditAsync(caller, new(conversationId), messageId, request, key.Value, cancellationToken)).Message);

    private static async Task<NoContent> DeleteAsync(string conversationId, string messageId, Caller caller, MessageService messages, CancellationToken cancellationToken)
    {
        await messages.DeleteAsync(caller, new(conversationId), messageId, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<MessageHistoryResponse>> GetHistoryAsync(string conversationId, string messageId, Caller caller, MessageReader messages, CancellationToken cancellationToken) =>
        TypedResults.Ok(await messages.GetHistoryAsync(caller, new(conversationId), messageId, cancellationToken));
}
