using Caas.Core.Events;
using Caas.Core.Feed;
using Microsoft.Extensions.Logging;

namespace Caas.Adapters.Kafka;

/// <summary>Kafka, as the publisher sees it.</summary>
public sealed class KafkaEventSink(KafkaClients clients, FeedMetrics metrics, TimeProvider clock, ILogger<KafkaEventProducer> logger) : IEventSink
{
    /// <inheritdoc/>
    public IEventProducer Open() => new KafkaEventProducer(clients.CreateProducer(), metrics, clock, logger);
}
