using Caas.Core.Events;
using Caas.Core.Feed;
using Microsoft.Extensions.Logging;

namespace Caas.Core.EventLog;

/// <summary>
/// Makes the events of a stretch of the feed for a tenant's backend, which is told each position once: of an event that cannot be made (its entry is not in its log, or cannot be written) it is
/// told that, by an event of its own in its place, and the log and a figure say so.
/// </summary>
public sealed partial class EventTelling(EventMapper mapper, EventLogMetrics metrics, ILogger<EventTelling> logger)
{
    /// <summary>One event for each item, in order.</summary>
    /// <exception cref="Entries.StoreUnavailableException">Try again.</exception>
    public async Task<IReadOnlyList<ToldEvent>> TellAsync(IReadOnlyList<FeedItem> items, CancellationToken cancellationToken)
    {
        var told = new List<ToldEvent>(items.Count);
        foreach (var mapped in await mapper.MapAsync(items, Topics.All, cancellationToken))
        {
            // One event, on however many topics it goes.
            told.Add(new(mapped.Item, mapped.Records is [var record, ..] ? record.CloudEvent : Unavailable(mapped)));
        }

        return told;
    }

    private ReadOnlyMemory<byte> Unavailable(MappedItem mapped)
    {
        var (entry, reason) = (mapped.Item.Entry, mapped.IsMissing ? "missing" : "unwritable");
        metrics.Unavailable(reason);
        LogUnavailable(entry.Log.Tenant, mapped.Item.Position, entry.Type, entry.Log.ToString(), entry.Seq, reason);
        return CloudEvents.WriteUnavailable(mapped.Item, reason);
    }

    [LoggerMessage(8092, LogLevel.Error, "Position {Position} of tenant {Tenant} cannot be told: {Type}, log {Log}, entry {Seq}: {Reason}.")]
    private partial void LogUnavailable(TenantId tenant, long position, string type, string log, long seq, string reason);
}

/// <param name="CloudEvent">UTF-8 JSON.</param>
public sealed record ToldEvent(FeedItem Item, ReadOnlyMemory<byte> CloudEvent);
