using Caas.Core.Feed;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Events;

/// <summary>Publishes the dead letters that wait in the store, in one process at a time, the oldest first: at least once, with the same id. While Kafka is away they wait, and nobody else does.</summary>
public sealed class DeadLetterPublisher(IDeadLetterStore store, IEventSink sink, Election election, ILogger<DeadLetterPublisher> logger) : Elected("dead-letters", election, logger)
{
    private const int Batch = 100;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        // A client of Kafka's costs connections: it is there while there is something to publish.
        while (true)
        {
            if (await store.ListWaitingAsync(Batch, cancellationToken) is { Count: > 0 } first)
            {
                await PublishAsync(first, cancellationToken);
            }

            await Task.Delay(Period, Clock, cancellationToken);
        }
    }

    private async Task PublishAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken)
    {
        await using var producer = sink.Open();
        while (letters.Count > 0)
        {
            await producer.PublishAsync([.. letters.Select(CloudEvents.Write)], cancellationToken);
            await store.PublishedAsync(letters, cancellationToken);
            letters = letters.Count < Batch ? [] : await store.ListWaitingAsync(Batch, cancellationToken);
        }
    }
}
