using Caas.Contracts;

namespace Caas.Client;

/// <summary>
/// Puts what comes of one conversation's log, in whatever order and however often, into the order of <c>seq</c>, each once. Knows what is missing; never reads it itself. Not thread safe.
/// </summary>
/// <param name="buffer">How many entries it keeps for the consumer, and as many that came early. What comes beyond is let go: it is missing then, and asked for when there is room.</param>
internal sealed class EntryOrder(int buffer, long? afterSeq)
{
    private readonly Queue<EntryResponse> _ready = new();
    private readonly SortedDictionary<long, EntryResponse> _early = [];
    private long _known;
    private long _highestOnWire;
    private long _live;
    private long _inversions;
    private long _repeats;
    private long _gaps;
    private long _letGo;
    private bool _full;

    /// <summary>The last seq in order so far; null until a join from the tail is answered.</summary>
    public long? Position { get; private set; } = afterSeq;

    /// <summary>The last seq that was handed to the consumer.</summary>
    public long? Handed { get; private set; } = afterSeq;

    /// <summary>The newest seq that the log is known to have.</summary>
    public long Known => Math.Max(_known, Position ?? 0);

    /// <summary>Whether something came that waits for what is before it.</summary>
    public bool HasEarly => _early.Count > 0;

    public int Ready => _ready.Count;

    /// <summary>After which seq to read, and how many; null: nothing is missing, or there is no room for it.</summary>
    public (long After, int Limit)? Missing => Position is { } position && position < _known && !_full ? (position, Math.Clamp(buffer - _ready.Count, 1, 1_000)) : null;

    public FeedCounters Counters => new(_live, _inversions, _repeats, _gaps, _letGo);

    /// <summary>An entry was pushed.</summary>
    /// <param name="joined">False while a join is not answered: what is pushed before its answer leaves no gap.</param>
    public void Push(EntryResponse entry, bool joined)
    {
        _live++;
        var seq = entry.Seq;
        if (seq <= Position || _early.ContainsKey(seq))
        {
            _repeats++;
            return;
        }

        if (joined && seq < _highestOnWire)
        {
            _inversions++;
        }
        else if (joined && seq > _highestOnWire + 1)
        {
            _gaps++;
        }

        _highestOnWire = Math.Max(_highestOnWire, seq);
        Take(entry);
        TakeEarly();
    }

    /// <summary>A join was answered: what was missed, and how far the log reaches.</summary>
    public void Joined(JoinResult answer)
    {
        if (Position is null)
        {
            // From the tail on: the newest page is the start.
            Position = Handed = answer.Items is [var first, ..] ? first.Seq - 1 : answer.LastSeq;
        }

        _highestOnWire = Math.Max(answer.LastSeq, _early.Count > 0 ? _early.Keys.Last() : 0);
        Read(answer.Items, answer.LastSeq);
    }

    /// <summary>A stretch of the log was read.</summary>
    public void Read(IReadOnlyList<EntryResponse> items, long lastSeq)
    {
        _known = Math.Max(_known, lastSeq);
        foreach (var entry in items)
        {
            if (entry.Seq > Position)
            {
                Take(entry);
            }
        }

        TakeEarly();
    }

    /// <summary>The log is known to reach a seq.</summary>
    public void Notice(long seq) => _known = Math.Max(_known, seq);

    /// <summary>The next entry for the consumer.</summary>
    public bool TryHand(out EntryResponse entry)
    {
        if (!_ready.TryDequeue(out entry!))
        {
            return false;
        }

        Handed = entry.Seq;
        if (_full && _ready.Count <= buffer / 2)
        {
            _full = false;
            TakeEarly();
        }

        return true;
    }

    private void Take(EntryResponse entry)
    {
        _known = Math.Max(_known, entry.Seq);
        if (entry.Seq == Position + 1 && !_full)
        {
            Position = entry.Seq;
            _ready.Enqueue(entry);
            _full = _ready.Count >= buffer;
        }
        else if (_early.Count < buffer && !_full)
        {
            _early.TryAdd(entry.Seq, entry);
        }
        else
        {
            _letGo++;
        }
    }

    private void TakeEarly()
    {
        while (_early.Count > 0 && _early.First() is var (seq, entry) && seq <= Position + 1)
        {
            if (seq > Position && _full)
            {
                return;
            }

            _early.Remove(seq);
            if (seq > Position)
            {
                Take(entry);
            }
        }
    }
}

/// <summary>What was seen on the wire of one conversation, before it was put in order.</summary>
/// <param name="Live">Entries that were pushed.</param>
/// <param name="Inversions">Pushed after one with a higher seq.</param>
/// <param name="Repeats">Pushed though it was here already.</param>
/// <param name="Gaps">Pushed though the one before it had not come.</param>
/// <param name="LetGo">Not kept because the consumer was too far behind; read from the log later.</param>
public sealed record FeedCounters(long Live, long Inversions, long Repeats, long Gaps, long LetGo);
