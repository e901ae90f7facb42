using Caas.Core.Flags;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Flags;

/// <summary><c>/v1/conversations/{id}/messages/{messageId}/flags</c>, for those who read, and <c>/v1/moderation/flags</c>, for the backend.</summary>
internal static class FlagEndpoints
{
    public static void MapFlags(this IEndpointRouteBuilder v1)
    {
        v1.MapGroup("/conversations/{conversationId}/messages/{messageId}/flags").WithTags("Moderation").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages").Refuses(Refusal.ConversationNotFound, Refusal.NotAMember)
            .MapPost("/", FlagAsync).WithName("FlagMessage").WithSummary("Flag a message for those who moderate")
            .WithDescription("Each user flags a message once: again changes nothing and has the first answer. Its sender is not told. At most 100 an hour.").Idempotent().Refuses(Refusal.MessageNotFound);
        var queue = v1.MapGroup("/moderation/flags").WithTags("Moderation").AllowCallers(CallerKinds.Backend, "moderation");
        queue.MapGet("/", ListAsync).WithName("ListFlags").WithSummary("List flagged messages, newest first")
            .WithDescription("One item for all who flagged a message. By `status`, `conversationId` and `userId` (who sent it).").Refuses(Refusal.InvalidCursor);
        queue.MapGet("/{flagId}", GetAsync).WithName("GetFlag").WithSummary("Get a flagged message").WithDescription("With up to five messages before and after it.").Refuses(Refusal.FlagNotFound);
        queue.MapPost("/{flagId}/resolve", ResolveAsync).WithName("ResolveFlag").Audited("flag.resolved").WithSummary("Decide about a flagged message")
            .WithDescription("Does it, too: deletes the message, bans its sender as `ban` says. The same once more changes nothing; another decision stands in its place. Flagged again, it is open again.")
            .Idempotent().Refuses(Refusal.FlagNotFound, Refusal.MessageNotFound, Refusal.ConversationNotFound, Refusal.UserNotFound);
    }

    private static async Task<Ok<FlaggedResponse>> FlagAsync(string conversationId, string messageId, FlagMessageRequest request, Caller caller, FlagService flags, CancellationToken cancellationToken) =>
        TypedResults.Ok(await flags.FlagAsync(caller, new(conversationId), messageId, request, cancellationToken));

    private static async Task<Ok<Page<FlagResponse>>> ListAsync(string? status, string? conversationId, string? userId, int? limit, string? cursor, Caller caller, ReviewQueue queue, CancellationToken cancellationToken) =>
        TypedResults.Ok(await queue.ListAsync(caller, new(status, conversationId, userId, limit, cursor), cancellationToken));

    private static async Task<Ok<FlagResponse>> GetAsync(string flagId, Caller caller, ReviewQueue queue, CancellationToken cancellationToken) =>
        TypedResults.Ok(await queue.GetAsync(caller, flagId, cancellationToken));

    private static async Task<Ok<FlagResponse>> ResolveAsync(string flagId, ResolveFlagRequest request, Caller caller, ReviewQueue queue, CancellationToken cancellationToken) =>
        TypedResults.Ok(await queue.ResolveAsync(caller, flagId, request, cancellationToken));
}
