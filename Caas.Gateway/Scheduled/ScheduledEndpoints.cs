using Caas.Core.Scheduled;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Scheduled;

/// <summary><c>/v1/conversations/{id}/scheduled</c>.</summary>
internal static class ScheduledEndpoints
{
    public static void MapScheduled(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/conversations/{conversationId}/scheduled").WithTags("Scheduled messages").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages").Refuses(Refusal.ConversationNotFound, Refusal.NotAMember);
        group.MapPost("/", AddAsync).WithName("ScheduleMessage").WithSummary("Send a message later").Idempotent()
            .WithDescription("Sent once, at `sendAt` or up to some seconds later, with the rights that its sender has then. Uploaded files are judged at once, and again then. At most 100 of a user in a conversation.").Refuses(Refusal.LimitReached, Refusal.AttachmentNotFound, Refusal.AttachmentNotReady);
        group.MapGet("/", ListAsync).WithName("ListScheduledMessages").WithSummary("List messages that wait or failed").WithDescription("The caller's own; for a backend that names no user all of the conversation. In the order in which they were made.").Refuses(Refusal.InvalidCursor);
        group.MapDelete("/{scheduledId}", DeleteAsync).WithName("DeleteScheduledMessage").WithSummary("Take a scheduled message back, or dismiss one that failed").Refuses(Refusal.ScheduledNotFound);
    }

    private static async Task<Created<ScheduledMessageResponse>> AddAsync(string conversationId, ScheduleMessageRequest request, Caller caller, ScheduledMessages scheduled, CancellationToken cancellationToken)
    {
        var added = await scheduled.AddAsync(caller, new(conversationId), request, cancellationToken);
        return TypedResults.Created($"/v1/conversations/{conversationId}/scheduled/{added.Id}", added);
    }

    private static async Task<Ok<Page<ScheduledMessageResponse>>> ListAsync(string conversationId, int? limit, string? cursor, Caller caller, ScheduledMessages scheduled, CancellationToken cancellationToken) =>
        TypedResults.Ok(await scheduled.ListAsync(caller, new(conversationId), limit, cursor, cancellationToken));

    private static async Task<NoContent> DeleteAsync(string conversationId, string scheduledId, Caller caller, ScheduledMessages scheduled, CancellationToken cancellationToken)
    {
        await scheduled.DeleteAsync(caller, new(conversationId), scheduledId, cancellationToken);
        return TypedResults.NoContent();
    }
}
