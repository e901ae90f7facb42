using Caas.Core.Entries;

namespace Caas.Core.Delivery;

/// <summary>
/// Live delivery between replicas: one channel per conversation. At most once, in any order; nothing durable depends on it. Over Redis publish/subscribe.
/// </summary>
public interface IConversationChannels
{
    /// <summary>Whether the backplane is connected now.</summary>
    bool IsConnected { get; }

    /// <summary>Raised after each reconnect, when subscriptions stand again: something may have been missed.</summary>
    event Action? Reconnected;

    /// <summary>Hands a payload to everyone who subscribes to the log. Never blocks and never throws: when the backplane is gone it is dropped and counted.</summary>
    void Publish(LogId log, ReadOnlyMemory<byte> payload);

    /// <summary>Calls <paramref name="receive"/> for each payload of the log until disposed. While the backplane is gone the subscription is kept and stands after its return.</summary>
    /// <param name="receive">Quick and without exceptions; called in the order in which the backplane delivers.</param>
    ValueTask<IAsyncDisposable> SubscribeAsync(LogId log, Action<ReadOnlyMemory<byte>> receive, CancellationToken cancellationToken);

    /// <summary>Hints every process that there are new revocations to be read. Same promises as <see cref="Publish"/>.</summary>
    void PublishRevocationHint();

    /// <summary>Raised when a hint arrives.</summary>
    event Action? RevocationHinted;
}
