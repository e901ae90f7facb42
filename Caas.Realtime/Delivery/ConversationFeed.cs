using Caas.Realtime.Connections;
using Caas.Realtime.Evictions;

namespace Caas.Realtime.Delivery;

/// <summary>
/// Delivers one conversation's entries to this replica's watchers, in seq order and each once. An entry that comes early waits for the one before it; what does not come within the hold
/// time is read from the log, once for all watchers (<see cref="FeedRepair"/>). Nothing here blocks: connections have queues of their own.
/// </summary>
/// <remarks>Longer than most: one lock guards one conversation's order, its watches and what came early, and everything under it stands here, so that it can be judged together.</remarks>
internal sealed class ConversationFeed : IDisposable
{
    private const int Unknown = -1;

    private readonly FeedContext _context;
    private readonly FeedRepair _repair;

    private readonly Lock _gate = new();
    private readonly Dictionary<RealtimeConnection, Watch> _watches = [];
    private readonly SortedDictionary<long, LiveEntry> _early = [];
    private readonly CancellationTokenSource _retirement = new();
    private readonly CancellationToken _retired;
    private long _position = Unknown;
    private long _known;
    private long _missingSince;
    private bool _repairing;

    public ConversationFeed(LogId log, FeedContext context)
    {
        Log = log;
        _context = context;
        _repair = new(this, context);
        _retired = _retirement.Token;
    }

    public LogId Log { get; }

    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _watches.Count == 0;
            }
        }
    }

    /// <summary>The connections that watch, joined or joining.</summary>
    public IReadOnlyList<RealtimeConnection> Watchers()
    {
        lock (_gate)
        {
            return [.. _watches.Keys];
        }
    }

    /// <summary>The last seq that was delivered; -1 before the first join is answered.</summary>
    public long Position
    {
        get
        {
            lock (_gate)
            {
                return _position;
            }
        }
    }

    /// <summary>Begins a join: live entries queue for it until <see cref="Release"/>.</summary>
    public Watch Join(RealtimeConnection connection)
    {
        lock (_gate)
        {
            if (_watches.TryGetValue(connection, out var watch))
            {
                watch.Rejoin();
            }
            else
            {
                _watches.Add(connection, watch = new(connection, this));
            }

            return watch;
        }
    }

    /// <summary>The join has read the log up to <paramref name="lastSeq"/>.</summary>
    /// <returns>False when the user may have been removed meanwhile, or was: look at the membership again.</returns>
    public bool Read(Watch watch, long lastSeq)
    {
        using var effects = new FeedEffects(this);
        bool certain;
        lock (_gate)
        {
            bool Doubts(LiveEntry entry) => entry.Seq <= lastSeq && entry.Departed.Contains(watch.Connection.User.Value);
            certain = watch.State == WatchState.Joining && !watch.Doubtful && !watch.Pending.Any(Doubts) && !_early.Values.Any(Doubts);
            watch.Doubtful = false;
            watch.Joined(lastSeq);
            if (_position == Unknown)
            {
                _position = lastSeq;
                DeliverEarly(effects);
            }
            else if (lastSeq < _position && !watch.Pending.Any(entry => entry.Seq <= lastSeq + 1))
            {
                // The read was older than what others have got already: go back for it; the others drop it by seq.
                GoBack(lastSeq);
            }
        }

        _context.Apply(effects);
        return certain;
    }

    /// <summary>The answer of the join is on its way: what waited follows it. Safe to repeat.</summary>
    public void Release(Watch watch, int generation)
    {
        using var effects = new FeedEffects(this);
        lock (_gate)
        {
            if (watch.State == WatchState.Joining && watch.Generation == generation && watch.Position != Unknown)
            {
                foreach (var entry in watch.GoLive())
                {
                    Push(watch, entry, effects);
                }
            }
        }

        _context.Apply(effects);
    }

    /// <summary>The connection no longer wants it, or is gone.</summary>
    public void Leave(Watch watch)
    {
        lock (_gate)
        {
            watch.End(upTo: 0);
            _watches.Remove(watch.Connection);
        }
    }

    /// <summary>Takes the conversation from a user (null: from everyone) and says why.</summary>
    /// <param name="since">The seq of the entry that did it: who joined at or after it is looked up again instead. Null: everyone.</param>
    public void Evict(UserId? user, long? since, string reason)
    {
        using var effects = new FeedEffects(this);
        lock (_gate)
        {
            foreach (var watch in _watches.Values.Where(watch => user is null || watch.Connection.User == user))
            {
                if (since is null || (watch.JoinedSeq != Unknown && watch.JoinedSeq < since))
                {
                    End(watch, since ?? 0, reason, effects);
                }
                else if (watch.JoinedSeq == Unknown)
                {
                    watch.Doubtful = true;
                }
                else
                {
                    effects.Recheck(watch);
                }
            }
        }

        _context.Apply(effects);
    }

    /// <summary>Ends one watch and says why.</summary>
    public void Evict(Watch watch, string reason)
    {
        using var effects = new FeedEffects(this);
        lock (_gate)
        {
            End(watch, upTo: 0, reason, effects);
        }

        _context.Apply(effects);
    }

    /// <summary>An entry came, from here or from another replica, in any order, perhaps again.</summary>
    public void Offer(LiveEntry entry)
    {
        // Also for one that was delivered before: it may have been read from the log when it was not folded yet.
        if (entry.ChangesMembers)
        {
            _context.MembersChanged(Log, entry.Seq);
        }

        _context.Arrived(Log, entry);

        using var effects = new FeedEffects(this);
        lock (_gate)
        {
            if (_position != Unknown && entry.Seq <= _position)
            {
                return;
            }

            if (_position != Unknown && entry.Seq == _position + 1)
            {
                Deliver(entry, effects);
                DeliverEarly(effects);
            }
            else
            {
                Keep(entry);
            }
        }

        _context.Apply(effects);
    }

    /// <summary>The log is known to reach <paramref name="seq"/>: what does not come by itself is read.</summary>
    public void NoticeTail(long seq)
    {
        lock (_gate)
        {
            _known = Math.Max(_known, seq);
            if (_position != Unknown && _known > _position)
            {
                BeginRepair();
            }
        }
    }

    /// <summary>Those who are in: their membership was checked, and their join is answered.</summary>
    public IReadOnlyList<RealtimeConnection> LiveConnections()
    {
        lock (_gate)
        {
            return [.. _watches.Values.Where(watch => watch.State == WatchState.Live).Select(watch => watch.Connection)];
        }
    }

    /// <summary>Nobody watches any more.</summary>
    public void Dispose()
    {
        _retirement.Cancel();
        _retirement.Dispose();
    }

    private void Keep(LiveEntry entry)
    {
        _known = Math.Max(_known, entry.Seq);

        // What is not kept is read when its turn comes.
        if (_early.Count < _context.MaxEarly)
        {
            _early.TryAdd(entry.Seq, entry);
        }

        if (_position != Unknown)
        {
            BeginRepair();
        }
    }

    private void DeliverEarly(FeedEffects effects)
    {
        while (_early.Count > 0)
        {
            var (seq, entry) = _early.First();
            if (seq > _position + 1)
            {
                BeginRepair();
                return;
            }

            _early.Remove(seq);
            if (seq == _position + 1)
            {
                Deliver(entry, effects);
            }
        }

        if (_known > _position)
        {
            BeginRepair();
        }
    }

    private void Deliver(LiveEntry entry, FeedEffects effects)
    {
        _position = entry.Seq;
        _missingSince = _context.Clock.GetTimestamp();

        // A dictionary may lose what is being looked at: an entry may end its reader's watch.
        foreach (var watch in _watches.Values)
        {
            if (watch.State == WatchState.Joining)
            {
                KeepFor(watch, entry);
            }
            else
            {
                Push(watch, entry, effects);
            }
        }
    }

    private void KeepFor(Watch watch, LiveEntry entry)
    {
        // A join that takes so long will be behind in any case: what is dropped here is read again.
        if (watch.Pending.Count < _context.MaxEarly && !watch.Pending.Any(kept => kept.Seq == entry.Seq))
        {
            watch.Keep(entry);
        }
    }

    private void Push(Watch watch, LiveEntry entry, FeedEffects effects)
    {
        if (watch.State != WatchState.Live)
        {
            return;
        }

        var departs = entry.Departed.Contains(watch.Connection.User.Value);
        if (entry.Seq <= watch.Position)
        {
            if (departs)
            {
                effects.Recheck(watch);
            }

            return;
        }

        if (entry.Seq > watch.Position + 1)
        {
            // Dropped while it joined.
            GoBack(watch.Position);
            return;
        }

        watch.Position = entry.Seq;
        var (message, size) = entry.HasOwn || !watch.Connection.Blocks.IsEmpty ? entry.For(Log, watch.Connection.User, watch.Connection.Blocks) : (entry.Message, entry.Size);
        watch.Connection.Outbox.Add(new(message, size, entry.At, watch, watch.Generation, entry.Seq), effects.Pumps);
        if (departs || entry.EndsConversation)
        {
            End(watch, entry.Seq, departs ? EvictionReasons.Removed : EvictionReasons.ConversationDeleted, effects);
        }
    }

    private void End(Watch watch, long upTo, string reason, FeedEffects effects)
    {
        if (watch.State == WatchState.Ended)
        {
            return;
        }

        watch.End(upTo);
        _watches.Remove(watch.Connection);
        watch.Connection.Send(nameof(IRealtimeClient.Evicted), new Evicted(Log.Name, reason));
        effects.Ended(watch);
    }

    private void GoBack(long seq)
    {
        _known = Math.Max(_known, _position);
        _position = Math.Min(_position, seq);
        BeginRepair();
    }

    private void BeginRepair()
    {
        if (!_repairing)
        {
            _repairing = true;
            _missingSince = _context.Clock.GetTimestamp();
            _repair.Begin(_retired);
        }
    }

    /// <summary>What is missing now; null: nothing is, and the repair has ended.</summary>
    internal MissingEntries? FindMissing()
    {
        lock (_gate)
        {
            if (_position >= _known)
            {
                _repairing = false;
                return null;
            }

            return new(_position, _known, _context.Hold - _context.Clock.GetElapsedTime(_missingSince), _early.Count == 0);
        }
    }

    /// <summary>Too much is missing: the clients read it themselves, in their own time.</summary>
    internal void GiveUp(long target)
    {
        Watch[] watches;
        using var effects = new FeedEffects(this);
        lock (_gate)
        {
            _position = target;
            watches = [.. _watches.Values];
            foreach (var watch in watches)
            {
                watch.Position = Math.Max(watch.Position, target);

                // A removal may be among what is passed over.
                effects.Recheck(watch);
            }

            foreach (var old in _early.Keys.Where(seq => seq <= target).ToArray())
            {
                _early.Remove(old);
            }

            DeliverEarly(effects);
        }

        _context.Apply(effects);
        foreach (var watch in watches)
        {
            _context.Resync(watch.Connection);
        }
    }
}
