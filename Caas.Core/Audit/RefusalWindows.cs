namespace Caas.Core.Audit;

/// <summary>
/// Keeps the audit log from being filled by those who are refused: of each kind the first call is recorded at once, those that follow are counted, and their number is recorded when the window is
/// over. A tenant has so many records an hour; above that everything is counted together. Never waits for anything.
/// </summary>
/// <param name="length">How long calls of a kind are counted before they are told.</param>
/// <param name="mostPerHour">Records of a tenant in an hour, those about everybody together not counted.</param>
internal sealed class RefusalWindows(TimeSpan length, int mostPerHour, TimeProvider clock)
{
    /// <summary>Tenants that are kept count of at a time.</summary>
    public const int MostTenants = 10_000;

    /// <summary>With more tenants than this, one that is only named by made-up credentials is none of them: anybody can name any.</summary>
    public const int MostUnproven = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<TenantId, Tenant> _tenants = [];

    public int Tenants
    {
        get
        {
            lock (_gate)
            {
                return _tenants.Count;
            }
        }
    }

    public RefusalFate Note(RefusedCall call)
    {
        lock (_gate)
        {
            if (!_tenants.TryGetValue(call.Tenant, out var tenant))
            {
                if (_tenants.Count >= (call.Proven ? MostTenants : MostUnproven))
                {
                    return RefusalFate.Dropped;
                }

                _tenants[call.Tenant] = tenant = new(mostPerHour);
            }

            return tenant.Note(call, clock.GetUtcNow(), mostPerHour) ? RefusalFate.Recorded : RefusalFate.Counted;
        }
    }

    /// <summary>Calls that could not be recorded now: they are counted with those that follow.</summary>
    public void GiveBack(RefusedCalls calls)
    {
        lock (_gate)
        {
            if (_tenants.TryGetValue(calls.Call.Tenant, out var tenant))
            {
                tenant.Count(calls.Call, calls.Count, calls.Since ?? clock.GetUtcNow());
            }
        }
    }

    /// <summary>What was counted in windows that are over, or in <paramref name="all"/> of them.</summary>
    public IReadOnlyList<RefusedCalls> Take(bool all = false)
    {
        lock (_gate)
        {
            var now = clock.GetUtcNow();
            var taken = new List<RefusedCalls>();
            foreach (var (id, tenant) in _tenants.ToArray())
            {
                tenant.Take(now, all ? TimeSpan.Zero : length, mostPerHour, taken);
                if (tenant.IsIdle(mostPerHour))
                {
                    _tenants.Remove(id);
                }
            }

            return taken;
        }
    }

    /// <summary>One tenant's windows and what is left of its records.</summary>
    private sealed class Tenant(double left)
    {
        private readonly Dictionary<RefusedKind, Window> _windows = [];
        private double _left = left;
        private DateTimeOffset? _filledAt;

        /// <returns>Whether it is recorded at once.</returns>
        public bool Note(RefusedCall call, DateTimeOffset now, int mostPerHour)
        {
            if (!_windows.ContainsKey(call.Kind) && TryTake(now, mostPerHour))
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

        public void Take(DateTimeOffset now, TimeSpan length, int mostPerHour, List<RefusedCalls> taken)
        {
            // Those about everybody last: what others have no record left for goes there.
            foreach (var alone in (bool[])[true, false])
            {
                foreach (var (kind, window) in _windows.Where(open => open.Value.Alone == alone && now - open.Value.Began >= length).ToArray())
                {
                    _windows.Remove(kind);
                    if (window.Count > 0 && alone && !TryTake(now, mostPerHour))
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

        public bool IsIdle(int mostPerHour) => _windows.Count == 0 && _left >= mostPerHour - 1;

        private bool TryTake(DateTimeOffset now, int mostPerHour)
        {
            _left = Math.Min(mostPerHour, _left + (_filledAt is { } at ? (now - at).TotalHours * mostPerHour : 0));
            _filledAt = now;
            if (_left < 1)
            {
                return false;
            }

            _left--;
            return true;
        }
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

/// <summary>What becomes of a refused call.</summary>
internal enum RefusalFate
{
    /// <summary>It has a record of its own.</summary>
    Recorded,

    /// <summary>It goes with others.</summary>
    Counted,

    /// <summary>Too many tenants at a time are named; the service's log and metrics tell it.</summary>
    Dropped,
}
