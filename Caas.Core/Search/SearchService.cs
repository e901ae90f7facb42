using System.Globalization;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Paging;
using Caas.Core.Quotes;
using Caas.Core.Visibility;

namespace Caas.Core.Search;

/// <summary>What is asked of the search.</summary>
/// <param name="From">The sender.</param>
/// <param name="Before">Sent before this time.</param>
public sealed record SearchRequest(string? Question, string? ConversationId, string? From, DateTimeOffset? Before, int? Limit, string? Cursor);

/// <summary>
/// Finds messages by their words: in the caller's conversations, or, for a backend that speaks for no user, in all of the tenant. The index gives candidates; each is judged by the message as it
/// is now, so nothing is found that was edited away or deleted, however far the index is behind.
/// </summary>
public sealed class SearchService(ISearchStore index, IEntryStore entries, QuoteReader quotes, Membership membership, Viewers viewers, Cursors cursors, SearchGate gate)
{
    private const string ListName = "search";

    /// <summary>So many candidates are looked at for one page; then it ends early.</summary>
    private const int MostCandidates = 400;

    /// <summary>A page of messages, newest first. It may have fewer than asked for while there are more.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>invalid_cursor</c>, <c>conversation_not_found</c>, <c>not_a_member</c>.</exception>
    public Task<Page<SearchResult>> SearchAsync(Caller caller, SearchRequest request, CancellationToken cancellationToken)
    {
        var pattern = SearchPattern.Parse(request.Question);
        var count = PageLimit.Require(request.Limit);
        new Validation()
            .Check(request.ConversationId is null || PublicId.IsValid(request.ConversationId), "conversationId", "must be a conversation's id")
            .Check(request.From is null || PublicId.IsValid(request.From), "from", "must be a user's id")
            .ThrowIfAny();
        return gate.RunAsync(caller, token => SearchAsync(caller, request, pattern, count, token), cancellationToken);
    }

    private async Task<Page<SearchResult>> SearchAsync(Caller caller, SearchRequest request, SearchPattern pattern, int count, CancellationToken cancellationToken)
    {
        ConversationId? conversation = request.ConversationId is { } id ? new(id) : null;
        var list = ListScope.Of(caller.Tenant, ListName, caller.User?.Value, request.Question, request.ConversationId, request.From, request.Before?.UtcTicks.ToString(CultureInfo.InvariantCulture));
        var after = await cursors.DecodeAsync(list, request.Cursor, 1, cancellationToken) is [var place] ? place : null;
        if (conversation is { } one)
        {
            await membership.RequireAsync(caller, one, Right.Read, cancellationToken);
        }

        var query = new SearchQuery
        {
            Tenant = caller.Tenant,
            Terms = SearchTokens.Of(pattern),
            Member = conversation is null ? caller.User : null,
            Conversation = conversation,
            Sender = request.From is { } sender ? new(sender) : null,
            Before = request.Before,
            After = after,
            Limit = pattern.NeedsLooking ? PageLimit.Most : Math.Min(count + 10, PageLimit.Most),
        };
        var (items, next) = await CollectAsync(query, pattern, await viewers.OfAsync(caller, cancellationToken), count, cancellationToken);

        // An index may go by the second alone.
        return new([.. items.OrderByDescending(item => item.Message.CreatedAt)], next is null ? null : await cursors.EncodeAsync(list, cancellationToken, next));
    }

    /// <summary>Looks at candidates until the page is full, nothing is left, or enough were looked at.</summary>
    private async Task<(IReadOnlyList<SearchResult> Items, string? Next)> CollectAsync(SearchQuery query, SearchPattern pattern, Viewer viewer, int count, CancellationToken cancellationToken)
    {
        var items = new List<SearchResult>();
        for (var looked = 0; ;)
        {
            var found = await index.FindAsync(query, cancellationToken);
            var read = await entries.ReadManyAsync(query.Tenant, [.. found.Hits.Select(hit => (hit.Log, hit.Seq))], cancellationToken);
            var messages = (await quotes.AttachAsync(read, cancellationToken)).ToDictionary(message => (message.Log, message.Seq));
            gate.LookedAt(found.Hits.Count);
            for (var i = 0; i < found.Hits.Count; i++)
            {
                var hit = found.Hits[i];
                if (messages.GetValueOrDefault((hit.Log, hit.Seq)) is { } message && Judge(message, query, pattern, viewer) is { } result)
                {
                    items.Add(result);
                    if (items.Count == count)
                    {
                        return (items, i + 1 < found.Hits.Count || found.Next is not null ? hit.Place : null);
                    }
                }
            }

            looked += Math.Max(found.Hits.Count, 1);
            if (found.Next is null || looked >= MostCandidates || found.Hits.Count < query.Limit)
            {
                return (items, found.Next);
            }

            query = query with { After = found.Next };
        }
    }

    private static SearchResult? Judge(Entry message, SearchQuery query, SearchPattern pattern, Viewer viewer) =>
        message.Message!.SeenBy(viewer.User) is { DeletedAt: null, Text: { } text } && (query.Sender is not { } sender || message.ActorId == sender.Value) && (query.Before is not { } before || message.At < before) && viewer.Sees(message)
            && pattern.Find(text) is { } found
            ? new(viewer.Show(message), [.. found.Select(range => new SearchHighlight(range.Start, range.End - range.Start))])
            : null;
}
