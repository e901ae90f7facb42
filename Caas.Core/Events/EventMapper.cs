using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Visibility;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Events;

/// <summary>Makes events of a feed's items. Messages are told in their state at this time, as everywhere: a consumer that reads late sees them edited or deleted.</summary>
public sealed partial class EventMapper(IEntryStore entries, EntryViews views, TimeProvider clock, ILogger<EventMapper> logger)
{
    private const int ReadAttempts = 4;
    private static readonly TimeSpan ReadPause = TimeSpan.FromMilliseconds(100);

    /// <summary>The items' events for the given topics, item by item.</summary>
    /// <exception cref="StoreUnavailableException">Try again.</exception>
    public async Task<IReadOnlyList<MappedItem>> MapAsync(IReadOnlyList<FeedItem> items, IReadOnlyCollection<string> topics, CancellationToken cancellationToken)
    {
        var mapped = items.ToDictionary(item => item.Position, item => new MappedItem(item, []));
        foreach (var log in items.Where(item => EventRouting.TopicsOf(item.Entry.Log, item.Entry.Type).Any(topics.Contains)).GroupBy(item => item.Entry.Log))
        {
            var found = await ReadAsync(log.Key, [.. log.Select(item => item.Entry.Seq)], cancellationToken);
            var events = await WriteAsync(log.Key, [.. log], found, cancellationToken);
            foreach (var item in log)
            {
                mapped[item.Position] = events.TryGetValue(item.Entry.Seq, out var written)
                    ? new(item, [.. EventRouting.TopicsOf(log.Key, item.Entry.Type).Where(topics.Contains).Select(topic => new EventRecord(topic, EventRouting.KeyOf(log.Key), written))])
                    : new(item, []) { Failure = found.ContainsKey(item.Entry.Seq) ? "the event could not be written" : "the entry is missing in its log", IsMissing = !found.ContainsKey(item.Entry.Seq) };
            }
        }

        return [.. items.Select(item => mapped[item.Position])];
    }

    private async Task<Dictionary<long, Entry>> ReadAsync(LogId log, IReadOnlyList<long> seqs, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var found = (await entries.ReadManyAsync(log, seqs, cancellationToken)).ToDictionary(entry => entry.Seq);
            if (found.Count == seqs.Count)
            {
                return found;
            }

            // What stands in the feed is committed. A store that does not show it yet gets a little time; one that has lost it must not hold up the rest.
            if (attempt == ReadAttempts)
            {
                LogMissing(log.ToString(), string.Join(", ", seqs.Where(seq => !found.ContainsKey(seq)).Take(10)));
                return found;
            }

            await Task.Delay(ReadPause * attempt, clock, cancellationToken);
        }
    }

    private async Task<Dictionary<long, ReadOnlyMemory<byte>>> WriteAsync(LogId log, IReadOnlyList<FeedItem> items, Dictionary<long, Entry> found, CancellationToken cancellationToken)
    {
        var shaped = log.IsConversation
            ? Viewer.Everything.Show(await views.ShapeAsync(log, [.. found.Values.OrderBy(entry => entry.Seq)], cancellationToken)).ToDictionary(entry => entry.Seq)
            : [];
        var written = new Dictionary<long, ReadOnlyMemory<byte>>();
        foreach (var item in items.Where(item => found.ContainsKey(item.Entry.Seq)))
        {
            var seq = item.Entry.Seq;
            try
            {
                written[seq] = log.IsConversation ? CloudEvents.Write(log, item.Position, shaped[seq]) : CloudEvents.Write(log, item.Position, Shape(found[seq]));
            }
#pragma warning disable CA1031 // One entry that cannot be written must not hold up its tenant's history: the caller puts it aside with this reason.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogUnwritable(exception, log.ToString(), seq);
            }
        }

        return written;
    }

    private static Contracts.PlatformEventData Shape(Entry entry) => new(entry.Log.Name, entry.Seq, entry.Type, entry.ActorId, entry.At, ReservedData.Public(entry.Data));

    [LoggerMessage(8041, LogLevel.Error, "Log {Log} does not show entries that stand in the feed: {Seqs}.")]
    private partial void LogMissing(string log, string seqs);

    [LoggerMessage(8042, LogLevel.Error, "No event could be made of entry {Seq} of log {Log}.")]
    private partial void LogUnwritable(Exception exception, string log, long seq);
}

/// <summary>What became of a feed's item: one record per topic that it goes to.</summary>
public sealed record MappedItem(FeedItem Item, IReadOnlyList<EventRecord> Records)
{
    /// <summary>Why there is no event, where there should be one.</summary>
    public string? Failure { get; init; }

    /// <summary>Of one that failed: whether its entry is not in its log.</summary>
    public bool IsMissing { get; init; }

    /// <summary>The dead letter of an item that failed.</summary>
    public DeadLetter ToDeadLetter(string group, DateTimeOffset at)
    {
        var (log, type) = (Item.Entry.Log, Item.Entry.Type);
        return new(group, EventRouting.TopicsOf(log, type)[0], EventRouting.KeyOf(log), EventRouting.IdOf(log, Item.Entry.Seq), string.Empty, Failure ?? string.Empty, at);
    }
}
