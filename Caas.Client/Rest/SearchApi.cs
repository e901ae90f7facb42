using System.Globalization;
using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>Which messages are searched.</summary>
/// <param name="ConversationId">Only in this conversation.</param>
/// <param name="From">Only messages of this user.</param>
/// <param name="Before">Only those sent before this time.</param>
public sealed record SearchFilter(string? ConversationId = null, string? From = null, DateTimeOffset? Before = null);

/// <summary>Messages by their words, in the caller's conversations; for a backend that speaks for no user, in all of the tenant.</summary>
public sealed class SearchApi
{
    private readonly RestCaller _caller;

    internal SearchApi(RestCaller caller) => _caller = caller;

    /// <summary>All that is found, newest first, page by page as it is asked for.</summary>
    /// <param name="question">Up to 10 words, all of which a message must have, each at least as the beginning of a word; "in quotation marks" as they stand.</param>
    public IAsyncEnumerable<SearchResult> MessagesAsync(string question, SearchFilter? filter = null, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<SearchResult>(Ask(question, filter), cancellationToken);

    /// <summary>A page, newest first. It may have fewer items than its limit, also none, while <c>Next</c> goes on.</summary>
    /// <param name="limit">1 to 200; default 50.</param>
    public Task<Page<SearchResult>> MessagesPageAsync(string question, SearchFilter? filter = null, string? cursor = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _caller.PageAsync<SearchResult>(Ask(question, filter), cursor, limit, cancellationToken);

    private static string Ask(string question, SearchFilter? filter) => Query(
        "/v1/search/messages",
        ("q", question),
        ("conversationId", filter?.ConversationId),
        ("from", filter?.From),
        ("before", filter?.Before?.UtcDateTime.ToString("o", CultureInfo.InvariantCulture)));
}
