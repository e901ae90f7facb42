namespace Caas.Core.Events;

/// <summary>
/// Where those put what they could not do who are no consumers of the bus. It is in the store when this returns; where there is Kafka, <see cref="DeadLetterPublisher"/> brings it to the topic
/// <c>internal.dlq</c>. Nobody waits for Kafka here: those who put letters have others' pushes and mails to see to.
/// </summary>
public sealed class DeadLetterBox(IDeadLetterStore store, IEnumerable<IEventSink> sinks)
{
    private readonly bool _published = sinks.Any();

    public Task PutAsync(DeadLetter letter, CancellationToken cancellationToken) => _published ? store.AddWaitingAsync(letter, cancellationToken) : store.AddAsync(letter, cancellationToken);
}
