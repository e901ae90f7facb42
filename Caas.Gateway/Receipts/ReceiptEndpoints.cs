using Caas.Core.Receipts;
using Caas.Gateway.Callers;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Receipts;

/// <summary><c>/v1/conversations/{id}/receipts</c>, <c>…/messages/{messageId}/receipts</c> and <c>/v1/unread</c>.</summary>
internal static class ReceiptEndpoints
{
    public static void MapReceipts(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/conversations/{conversationId}").WithTags("Receipts").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages")
            .Refuses(Refusal.ConversationNotFound, Refusal.NotAMember, Refusal.OnBehalfOfRequired);
        group.MapPut("/receipts", MarkAsync).WithName("MarkReceipts").WithSummary("Mark what the caller has, and has read")
            .WithDescription("Cursors only move forward: a seq behind one changes nothing, one beyond the log's end counts as the end. Whoever has read a message has it. Durable when it is answered.");
        group.MapGet("/receipts", ListAsync).WithName("ListReceipts").WithSummary("How far each member has come").WithDescription("By user id. What a member does not tell others is null.").Refuses(Refusal.InvalidCursor);
        group.MapGet("/messages/{messageId}/receipts", ListOfMessageAsync).WithName("ListMessageReceipts").WithSummary("Who has a message, and who has read it")
            .WithDescription("By user id; without its sender, without those who joined after it, and without those who do not tell. A page may have fewer items than its limit.").Refuses(Refusal.MessageNotFound, Refusal.InvalidCursor);
        v1.MapGet("/unread", GetUnreadAsync).WithTags("Receipts").WithName("GetUnread").WithSummary("The caller's unread messages").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages").Refuses(Refusal.OnBehalfOfRequired)
            .WithDescription("Messages of others behind the read cursor that are not deleted, exactly; follows the conversations within a second.");
    }

    private static async Task<Ok<ReceiptResponse>> MarkAsync(string conversationId, MarkReceiptsRequest request, Caller caller, ReceiptService receipts, CancellationToken cancellationToken) =>
        TypedResults.Ok(await receipts.PutAsync(caller, new(conversationId), request, cancellationToken));

    private static async Task<Ok<Page<ReceiptResponse>>> ListAsync(string conversationId, int? limit, string? cursor, Caller caller, ReceiptService receipts, CancellationToken cancellationToken) =>
        TypedResults.Ok(await receipts.ListAsync(caller, new(conversationId), limit, cursor, cancellationToken));

    private static async Task<Ok<Page<MessageReceiptResponse>>> ListOfMessageAsync(string conversationId, string messageId, int? limit, string? cursor, Caller caller, ReceiptService receipts, CancellationToken cancellationToken) =>
        TypedResults.Ok(await receipts.ListOfMessageAsync(caller, new(conversationId), messageId, limit, cursor, cancellationToken));

    private static async Task<Ok<UnreadResponse>> GetUnreadAsync(Caller caller, ReceiptService receipts, CancellationToken cancellationToken) =>
        TypedResults.Ok(await receipts.GetUnreadAsync(caller, cancellationToken));
}
