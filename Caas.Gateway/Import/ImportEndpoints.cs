using Caas.Core.Import;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Import;

/// <summary><c>/v1/conversations/{id}/import</c>.</summary>
internal static class ImportEndpoints
{
    public static void MapImport(this IEndpointRouteBuilder v1) =>
        v1.MapPost("/conversations/{conversationId}/import", ImportAsync).WithName("ImportMessages").WithSummary("Import up to 100 messages of elsewhere").WithTags("Messages").AllowCallers(CallerKinds.Backend, "messages").Idempotent()
            .WithDescription("With their own senders and times, oldest first, behind what is there: none may be before the newest message there. The same `clientMessageId` of a sender comes in once. Nobody is told; who had read everything has read it too.")
            .Refuses(Refusal.ConversationNotFound, Refusal.UserNotFound, Refusal.ClientMessageIdReused, Refusal.AttachmentNotFound, Refusal.AttachmentNotReady, Refusal.LimitReached);

    private static async Task<Ok<ImportMessagesResponse>> ImportAsync(string conversationId, ImportMessagesRequest request, Caller caller, MessageImport import, CancellationToken cancellationToken) =>
        TypedResults.Ok(await import.ImportAsync(caller, new(conversationId), request, cancellationToken));
}
