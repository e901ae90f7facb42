namespace Caas.Core.Events;

/// <summary>Where those put what they could not do who are no consumers of the bus: the topic <c>internal.dlq</c> where there is Kafka, and the store in any case.</summary>
public sealed class DeadLetterBox(IDeadLetterStore store, Notifications.NotificationTopic topic)
{
    public async Task PutAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        await store.AddAsync(letter, cancellationToken);
        await topic.PublishAsync([CloudEvents.Write(letter)], cancellationToken);
    }
}
