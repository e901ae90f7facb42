using Caas.Core.Threads;
using Caas.Gateway.Callers;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Threads;

/// <summary><c>/v1/conversations/{id}/messages/{messageId}/replies</c>.</summary>
internal static class ThreadEndpoints
{
    public static void MapThreads(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/conversations/{conversationId}/messages/{messageId}").WithTags("Messages").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages")
            .Refuses(Refusal.ConversationNotFound, Refusal.NotAMember, Refusal.MessageNotFound);
        group.MapGet("/replies", ListAsync).WithName("ListReplies").WithSummary("List the replies to a message, newest first")
            .WithDescription("Paged as a conversation's messages are: at most one of `before`, `after`, `around`. Deleted replies stand in it, without content. A reply has none of its own.");
    }

    private static async Task<Ok<MessagePage>> ListAsync(string conversationId, string messageId, long? before, long? after, long? around, int? limit, Caller caller, ThreadReader threads, CancellationToken cancellationToken) =>
        TypedResults.Ok(await threads.ListAsync(caller, new(conversationId), messageId, new(before, after, around, limit), cancellationToken));
}
