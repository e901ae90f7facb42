namespace Caas.Core.Events;

/// <summary>Where the feed's consumers put what they could not handle: <c>internal.dlq</c> without Kafka.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IDeadLetterStore
{
    /// <summary>Stores it; the same (group, topic, record) again changes nothing.</summary>
    Task AddAsync(DeadLetter letter, CancellationToken cancellationToken);

    /// <summary>A group's, the newest stored first.</summary>
    Task<IReadOnlyList<DeadLetter>> ListAsync(string group, int limit, CancellationToken cancellationToken);
}

/// <param name="RecordId">The CloudEvent's id.</param>
/// <param name="Reason">Why, without secrets.</param>
public sealed record DeadLetter(string Group, string Topic, string Key, string RecordId, string CloudEvent, string Reason, DateTimeOffset At);
