using Caas.Core.Delivery;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Delivery;

/// <summary>What every feed of a replica works with.</summary>
internal sealed class FeedContext
{
    public required TimeProvider Clock { get; init; }

    public required RealtimeMetrics Metrics { get; init; }

    /// <summary>How long a missing entry is waited for before it is read.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How many early entries are kept.</summary>
    public int MaxEarly { get; init; } = 1000;

    /// <summary>How many missing entries are read for the watchers; of more the clients are told to read themselves.</summary>
    public int MaxRepair { get; init; } = 1000;

    /// <summary>Reads the log after a seq; empty when that fails for now, null when the conversation is gone. Throws only when cancelled.</summary>
    public required Func<LogId, long, CancellationToken, Task<IReadOnlyList<DeliveredEntry>?>> ReadAsync { get; init; }

    /// <summary>An entry came, perhaps early or again, after which others may do what they could not, or no longer what they could: before anybody is told.</summary>
    public Action<LogId, long> MembersChanged { get; init; } = (_, _) => { };

    /// <summary>An entry came, perhaps early or again.</summary>
    public Action<LogId, LiveEntry> Arrived { get; init; } = (_, _) => { };

    /// <summary>What follows from a delivery, outside of the feed's lock.</summary>
    public required Action<FeedEffects> Apply { get; init; }

    /// <summary>The connection must read for itself what it missed.</summary>
    public required Action<RealtimeConnection> Resync { get; init; }
}

/// <summary>What a feed has done that others must know. Disposed outside of the feed's lock, it has what was delivered written.</summary>
internal sealed class FeedEffects(ConversationFeed feed) : IDisposable
{
    private static readonly List<Watch> NoWatches = [];

    private List<Watch>? _ended;
    private List<Watch>? _rechecks;

    public ConversationFeed Feed { get; } = feed;

    /// <summary>The outboxes that have something to write now.</summary>
    public PumpRound Pumps { get; } = new();

    public bool Any => _ended is not null || _rechecks is not null;

    /// <summary>Watches that were ended from here.</summary>
    public IReadOnlyList<Watch> EndedWatches => _ended ?? NoWatches;

    /// <summary>Watches whose membership is in doubt.</summary>
    public IReadOnlyList<Watch> Doubtful => _rechecks ?? NoWatches;

    public void Dispose() => Pumps.Begin();

    public void Ended(Watch watch) => (_ended ??= []).Add(watch);

    public void Recheck(Watch watch) => (_rechecks ??= []).Add(watch);
}
