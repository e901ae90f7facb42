using Caas.Realtime.Connections;

namespace Caas.Realtime.Delivery;

/// <summary>How far a watch has come.</summary>
internal enum WatchState
{
    /// <summary>The join is still being answered: live entries wait.</summary>
    Joining,

    /// <summary>Live entries are delivered.</summary>
    Live,

    /// <summary>Nothing more is delivered.</summary>
    Ended,
}

/// <summary>One connection's watch of one conversation. Everything that changes is guarded by the feed's lock; only <see cref="Wants"/> is asked without.</summary>
internal sealed class Watch(RealtimeConnection connection, ConversationFeed feed)
{
    private static readonly List<LiveEntry> Nothing = [];

    private volatile int _generation;
    private long _endSeq = long.MaxValue;
    private List<LiveEntry>? _pending;

    public RealtimeConnection Connection { get; } = connection;

    public ConversationFeed Feed { get; } = feed;

    public WatchState State { get; private set; }

    /// <summary>The last seq that the connection got or does not need; -1 while the join reads.</summary>
    public long Position { get; set; } = -1;

    /// <summary>The tail that the join read: it knew of everything up to here.</summary>
    public long JoinedSeq { get; private set; } = -1;

    /// <summary>Counts the joins: what was queued for an earlier one is covered by the answer of the later.</summary>
    public int Generation => _generation;

    /// <summary>Live entries that came while the join was being answered.</summary>
    public IReadOnlyList<LiveEntry> Pending => _pending ?? Nothing;

    /// <summary>Whether a removal of this user, seen meanwhile, asks for a look at the membership.</summary>
    public bool Doubtful { get; set; }

    /// <summary>Whether a queued entry is still to be written.</summary>
    public bool Wants(int generation, long seq) => generation == _generation && seq <= Interlocked.Read(ref _endSeq);

    public void Rejoin()
    {
        _generation++;
        State = WatchState.Joining;
        Position = -1;
        JoinedSeq = -1;
    }

    public void Joined(long lastSeq)
    {
        Position = lastSeq;
        JoinedSeq = lastSeq;
    }

    /// <summary>Keeps a live entry until the join is answered.</summary>
    public void Keep(LiveEntry entry) => (_pending ??= []).Add(entry);

    /// <summary>Hands out what waited; from now on entries are delivered at once.</summary>
    public IReadOnlyList<LiveEntry> GoLive()
    {
        State = WatchState.Live;
        if (_pending is not { } pending)
        {
            return Nothing;
        }

        _pending = null;
        pending.Sort((one, other) => one.Seq.CompareTo(other.Seq));
        return pending;
    }

    /// <param name="upTo">Queued entries up to this seq are still written.</param>
    public void End(long upTo)
    {
        State = WatchState.Ended;
        _pending = null;
        Interlocked.Exchange(ref _endSeq, upTo);
    }
}
