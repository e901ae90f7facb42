using Caas.Core.Entries;
using Caas.Core.Paging;
using Caas.Gateway.Callers;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Entries;

/// <summary><c>/v1/conversations/{id}/entries</c>: the log, as the caller may see it.</summary>
internal static class EntryEndpoints
{
    private const int Most = 1000;

    public static void MapEntries(this IEndpointRouteBuilder v1) =>
        v1.MapGet("/conversations/{conversationId}/entries", ReadAsync).WithName("ReadEntries").WithSummary("Read the log").WithTags("Log").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages")
            .WithDescription("Entries with seq above `after` (default 0: from the start), in order: dense, messages in their current state. `limit`: 1 to 1,000, default 50. Not `complete`: go on after the last seq of `items`.")
            .Refuses(Refusal.ConversationNotFound, Refusal.NotAMember, Refusal.InvalidArguments);

    private static async Task<Ok<EntryPage>> ReadAsync(string conversationId, long? after, int? limit, Caller caller, EntryReader entries, CancellationToken cancellationToken) =>
        TypedResults.Ok(await entries.ReadAfterAsync(caller, new(conversationId), after ?? 0, PageLimit.Require(limit, Most), cancellationToken));
}
