using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Search;

/// <summary>
/// Writes the search index from the feed, in one process at a time, with a place of its own per tenant that moves after the index was written: whatever dies in between, it is done again. The feed
/// is the whole history, so what was sent before there was an index is indexed too, and a new <see cref="SearchTokenizer.Version"/> begins at the start again. What stands in the feed is folded.
/// </summary>
public sealed class SearchIndexer(IFeedStore feed, IEntryStore entries, ISearchStore index, Election election, SearchIndexerTelling telling, FeedSignal signal) : Elected(Name, election, telling.Logger)
{
    /// <summary>Lease and consumer in the feed.</summary>
    public static readonly string Name = FormattableString.Invariant($"search/{SearchTokenizer.Version}");

    private const int SideBySide = 4;

    /// <summary>How many messages go into the index at once: nobody's send waits long behind it.</summary>
    private const int AtOnce = 100;

    /// <summary>How long messages may gather from one look to the next: many at once cost much less each.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(250);

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        var scan = new TenantScan(feed, signal, Options, Clock) { Gather = Gather };
        await scan.RunAsync(Name, SideBySide, (tenant, _) => Task.FromResult<Func<CancellationToken, Task>?>(token => DrainAsync(tenant, epoch, token)), cancellationToken);
    }

    /// <summary>Indexes a tenant's feed up to its end.</summary>
    internal async Task DrainAsync(TenantId tenant, long epoch, CancellationToken cancellationToken)
    {
        var position = await feed.ReadPositionAsync(Name, tenant, cancellationToken);
        while (await feed.ReadAsync(tenant, position, Options.BatchSize, cancellationToken) is { Count: > 0 } items)
        {
            await IndexAsync(tenant, [.. items.Select(item => item.Entry).Where(header => header.Log.IsConversation)], cancellationToken);
            position = items[^1].Position;
            await feed.SavePositionAsync(Name, tenant, position, epoch, cancellationToken);
        }
    }

    private async Task IndexAsync(TenantId tenant, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken)
    {
        var places = headers.Select(Indexed).OfType<(LogId Log, long Seq)>().Distinct();
        foreach (var some in places.Chunk(AtOnce))
        {
            var documents = (await entries.ReadManyAsync(tenant, some, cancellationToken)).OrderBy(message => message.At).ThenBy(message => message.Seq).Select(DocumentOf).OfType<SearchDocument>().ToArray();
            await index.ApplyAsync(documents, cancellationToken);
            telling.Metrics.Indexed(documents.Length);
        }

        foreach (var gone in headers.Where(header => header.Type == EntryTypes.ConversationDeleted))
        {
            await index.EraseAsync(gone.Log, cancellationToken);
        }
    }

    /// <summary>The message whose words an entry brings or changes; null: it does neither.</summary>
    private static (LogId Log, long Seq)? Indexed(EntryHeader header) => header switch
    {
        { Target: EntryTarget.Message } => (header.Log, header.Seq),
        { Target: > 0, Type: EntryTypes.MessageEdited or EntryTypes.MessageDeleted } => (header.Log, header.Target),
        _ => null,
    };

    /// <summary>What is indexed of a message; null: it never had words.</summary>
    internal static SearchDocument? DocumentOf(Entry message) => message.Message switch
    {
        null => null,
        { Text: null or "" } when message.Rev == message.Seq => null, // never had words
        { DeletedAt: null, Text: { } text } state => new(message.Log, message.Seq, message.Rev, message.At, message.ActorId, SearchTokens.Of(text)),
        _ => new(message.Log, message.Seq, message.Rev, message.At, message.ActorId, []),
    };
}

/// <summary>Where the indexer tells what it does.</summary>
public sealed record SearchIndexerTelling(SearchMetrics Metrics, ILogger<SearchIndexer> Logger);
