using Caas.Core.Entries;

namespace Caas.Core.Search;

/// <summary>The index of messages' words. It finds what may fit; what does is judged by the messages themselves.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface ISearchStore
{
    /// <summary>Stores what is indexed of messages, each where its <see cref="SearchDocument.Rev"/> is not below the stored one; one without tokens is not found any more, and nothing of its words is kept. Of a conversation that is deleted nothing is stored: an indexer that comes late must not bring back what was forgotten. Safe to repeat.</summary>
    Task ApplyAsync(IReadOnlyList<SearchDocument> documents, CancellationToken cancellationToken);

    /// <summary>Messages that have all terms, newest first by their time (to the second), from conversations that are not deleted.</summary>
    /// <exception cref="SearchTooBroadException">It would have taken too long.</exception>
    Task<SearchFound> FindAsync(SearchQuery query, CancellationToken cancellationToken);

    /// <summary>Forgets all of a conversation. Safe to repeat.</summary>
    Task EraseAsync(LogId log, CancellationToken cancellationToken);
}

/// <summary>What is indexed of one message.</summary>
/// <param name="Rev">The message's.</param>
/// <param name="Tokens">Distinct, each of letters and digits alone; none: the message has no words (any more).</param>
public sealed record SearchDocument(LogId Log, long Seq, long Rev, DateTimeOffset At, string? SenderId, IReadOnlyCollection<string> Tokens);

/// <summary>What is asked of the index.</summary>
public sealed record SearchQuery
{
    public required TenantId Tenant { get; init; }

    /// <summary>At least one; all must be there.</summary>
    public required IReadOnlyList<SearchTerm> Terms { get; init; }

    /// <summary>Only of conversations that this user is a member of now; null: of any.</summary>
    public UserId? Member { get; init; }

    public ConversationId? Conversation { get; init; }

    public UserId? Sender { get; init; }

    /// <summary>Sent before this time.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>A <see cref="SearchHit.Place"/> or <see cref="SearchFound.Next"/>: go on behind it.</summary>
    public string? After { get; init; }

    /// <summary>At least 1.</summary>
    public required int Limit { get; init; }
}

/// <param name="Place">Where to go on behind this one; the store's own.</param>
public sealed record SearchHit(LogId Log, long Seq, string Place);

/// <param name="Hits">At most as many as asked for; fewer, also none, where looking further would cost too much at once.</param>
/// <param name="Next">Where to go on; null: there is nothing more.</param>
public sealed record SearchFound(IReadOnlyList<SearchHit> Hits, string? Next);

/// <summary>A search was given up: it would have cost too much.</summary>
public sealed class SearchTooBroadException(Exception? innerException = null) : Exception("The search took too long.", innerException);
