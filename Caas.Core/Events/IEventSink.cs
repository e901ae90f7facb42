namespace Caas.Core.Events;

/// <summary>Where the publisher brings the feed's events. Without one nothing is published, and consumers read the feed itself.</summary>
public interface IEventSink
{
    /// <summary>A producer for one tenure of the publisher; what it had not sent when it is disposed is dropped.</summary>
    IEventProducer Open();
}

/// <summary>Sends events.</summary>
public interface IEventProducer : IAsyncDisposable
{
    /// <summary>
    /// Sends records, those of one key in the given order, and returns once all are durable there. While the target is away it waits, for as long as it takes.
    /// A record that can never be taken (too large, say) goes to <c>internal.dlq</c> instead, with the reason.
    /// </summary>
    /// <exception cref="Exception">The producer can go on no more: dispose it, open another one, and send everything again that was not acknowledged.</exception>
    Task PublishAsync(IReadOnlyList<EventRecord> records, CancellationToken cancellationToken);
}
