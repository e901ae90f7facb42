namespace Caas.Core.Audit;

/// <summary>
/// What is counted of one tenant and of one sort of callers (<see cref="RefusedBy"/>), and what is left of their records: those who prove nothing cannot use up what would tell of a stolen key.
/// </summary>
internal sealed class RefusalShare(TimeSpan length, int mostPerHour)
{
    private readonly Dictionary<RefusedKind, Window> _windows = [];
    private double _left = mostPerHour;
    private DateTimeOffset? _filledAt;

    /// <returns>Whether it is recorded at once.</returns>
    public bool Note(RefusedCall call, DateTimeOffset now)
    {
        if (!_windows.ContainsKey(call.Kind) && TryTake(now))
        {
            _windows[call.Kind] = new(call.OfKind(), now, Alone: true);
            return true;
        }

        Count(call, 1, now);
        return false;
    }

    public void Count(RefusedCall call, int count, DateTimeOffset since)
    {
        if (!_windows.TryGetValue(call.Kind, out var window))
        {
            var all = call.OfAll();
            if (!_windows.TryGetValue(all.Kind, out window))
            {
                _windows[all.Kind] = window = new(all, since, Alone: false);
            }
        }

        window.Add(count, since, call.Origin.TraceId);
    }

    /// <summary>Adds what was counted in windows that are over, or in <paramref name="all"/> of them.</summary>
    public void Take(DateTimeOffset now, bool all, List<RefusedCalls> taken)
    {
        // Those about everybody last: what others have no record left for goes there.
        foreach (var alone in (bool[])[true, false])
        {
            foreach (var (kind, window) in _windows.Where(open => open.Value.Alone == alone && (all || now - open.Value.Began >= length)).ToArray())
            {
                _windows.Remove(kind);
                if (window.Count > 0 && alone && !TryTake(now))
                {
                    Count(window.Call, window.Count, window.Since);
                }
                else if (window.Count > 0)
                {
                    taken.Add(window.Take());
                    _windows[kind] = new(window.Call, now, alone);
                }
            }
        }
    }

    /// <summary>Whether nothing would be known less if this was forgotten.</summary>
    public bool IsIdle(DateTimeOffset now)
    {
        Refill(now);
        return _windows.Count == 0 && _left >= mostPerHour;
    }

    private bool TryTake(DateTimeOffset now)
    {
        Refill(now);
        if (_left < 1)
        {
            return false;
        }

        _left--;
        return true;
    }

    private void Refill(DateTimeOffset now)
    {
        _left = Math.Min(mostPerHour, _left + (_filledAt is { } at ? (now - at).TotalHours * mostPerHour : 0));
        _filledAt = now;
    }

    /// <summary>Calls of one kind since the last record of them.</summary>
    private sealed record Window(RefusedCall Call, DateTimeOffset Began, bool Alone)
    {
        private string? _traceId;

        public int Count { get; private set; }

        public DateTimeOffset Since { get; private set; }

        public void Add(int count, DateTimeOffset since, string? traceId)
        {
            (Since, _traceId) = (Count == 0 ? since : Since, traceId);
            Count += count;
        }

        public RefusedCalls Take() => new(Call with { Origin = Call.Origin with { TraceId = _traceId } }, Count, Since);
    }
}
