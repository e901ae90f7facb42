namespace Caas.Core.Events;

/// <summary>Where those put what they could not do who need no Kafka for it: the feed's consumers, for whom it is <c>internal.dlq</c>, pushes and mails.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IDeadLetterStore
{
    /// <summary>Stores it; the same (group, topic, record) again changes nothing.</summary>
    Task AddAsync(DeadLetter letter, CancellationToken cancellationToken);

    /// <summary>Stores it as one that waits to be published; of one that is there, waiting or not, nothing changes.</summary>
    Task AddWaitingAsync(DeadLetter letter, CancellationToken cancellationToken);

    /// <summary>A group's, the newest stored first.</summary>
    Task<IReadOnlyList<DeadLetter>> ListAsync(string group, int limit, CancellationToken cancellationToken);

    /// <summary>Those that wait to be published, the oldest first.</summary>
    Task<IReadOnlyList<DeadLetter>> ListWaitingAsync(int limit, CancellationToken cancellationToken);

    /// <summary>They do not wait any more, and stay.</summary>
    Task PublishedAsync(IReadOnlyList<DeadLetter> letters, CancellationToken cancellationToken);
}

/// <param name="RecordId">The CloudEvent's id.</param>
/// <param name="Reason">Why, without secrets.</param>
public sealed record DeadLetter(string Group, string Topic, string Key, string RecordId, string CloudEvent, string Reason, DateTimeOffset At);
