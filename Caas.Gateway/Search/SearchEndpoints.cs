using System.ComponentModel;
using Caas.Core.Search;
using Caas.Gateway.Callers;
using Caas.Gateway.Json;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Search;

/// <summary><c>/v1/search</c>.</summary>
internal static class SearchEndpoints
{
    public static void MapSearch(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/search").WithTags("Search").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages");
        group.MapGet("/messages", SearchAsync).WithName("SearchMessages").WithSummary("Search messages").Refuses(Refusal.InvalidCursor, Refusal.ConversationNotFound, Refusal.NotAMember)
            .WithDescription("In the caller's conversations, for a backend that names no user in all of the tenant; newest first. `q`: up to 10 words, all of which a message must have, whatever their case and accents, each at least as the beginning of a word; \"in quotation marks\" words as they stand, one behind the other. `from`: only messages of this user; `before`: only those sent before this time. A page may have fewer items than its limit, also none, while `next` goes on.");
    }

    private static async Task<Ok<Page<SearchResult>>> SearchAsync(
        [Description("What to search for: up to 200 characters, 10 words or phrases.")] string q,
        [Description("Only in this conversation.")] string? conversationId,
        [Description("Only messages of this user.")] string? from,
        [Description("A time (RFC 3339): only messages sent before it.")] QueryTime? before,
        int? limit,
        string? cursor,
        Caller caller,
        SearchService search,
        CancellationToken cancellationToken) =>
        TypedResults.Ok(await search.SearchAsync(caller, new(q, conversationId, from, before?.Value, limit, cursor), cancellationToken));
}
