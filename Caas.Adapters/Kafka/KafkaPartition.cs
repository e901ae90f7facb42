using System.Collections.Concurrent;
using System.Globalization;
using Caas.Core.Events;
using Confluent.Kafka;

namespace Caas.Adapters.Kafka;

/// <summary>One partition while it is ours: its records go to their handlers, in order per key.</summary>
/// <param name="advanced">Where it tells that something has ended.</param>
internal sealed class KafkaPartition(TopicPartition name, EventHandling handling, EventConsumer consumer, ConcurrentQueue<KafkaPartition> advanced) : IAsyncDisposable
{
    private const long Nowhere = -1;

    private readonly KeyedQueue _queue = new();
    private readonly Progress _progress = new(Nowhere);
    private readonly CancellationTokenSource _stop = new();
    private long _taken = Nowhere;

    public TopicPartition Name { get; } = name;

    /// <summary>Whether no more is fetched for now. Of the reading thread.</summary>
    public bool Paused { get; set; }

    /// <summary>How many records are under way.</summary>
    public int Open => _progress.Open;

    public void HandOn(EventRecord record, long offset)
    {
        var place = _progress.Add(offset, parts: 1);
        _queue.Enqueue(record.Key, () => HandleAsync(record, place));
    }

    /// <summary>The offset to go on with, when it has moved since it was last taken; everything before it is done.</summary>
    public long? TakeProgress()
    {
        var reached = _progress.Reached;
        if (reached == _taken)
        {
            return null;
        }

        _taken = reached;
        return reached + 1;
    }

    /// <summary>Tells handlers to stop, and ends when they have.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _queue.DrainAsync();
        _stop.Dispose();
    }

    private async Task HandleAsync(EventRecord record, Progress.Place place)
    {
        _stop.Token.ThrowIfCancellationRequested();
        await handling.HandleAsync(consumer, record, string.Create(CultureInfo.InvariantCulture, $"{Name.Topic}/{Name.Partition.Value}/{place.Position}"), _stop.Token);
        _progress.Done(place);
        advanced.Enqueue(this);
    }
}
