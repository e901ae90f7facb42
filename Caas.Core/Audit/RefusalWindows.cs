namespace Caas.Core.Audit;

/// <summary>
/// Keeps the audit log from being filled by those who are refused: of each kind the first call is recorded at once, those that follow are counted, and their number is recorded when the window is
/// over. Those who prove nothing, users and keys have so many records of a tenant's in an hour each; above that everything is counted together. Never waits for anything.
/// </summary>
/// <param name="length">How long calls of a kind are counted before they are told.</param>
/// <param name="mostPerHour">Records of each <see cref="RefusedBy"/> of a tenant in an hour, those about everybody together not counted.</param>
internal sealed class RefusalWindows(TimeSpan length, int mostPerHour, TimeProvider clock)
{
    /// <summary>Tenants that are kept count of at a time.</summary>
    public const int MostTenants = 10_000;

    /// <summary>Of these, tenants that are named by made-up credentials alone and of which it is not known that they are there: anybody can name any.</summary>
    public const int MostUnproven = 1_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<TenantId, Tenant> _tenants = [];

    /// <summary>Those of which nobody knows whether they are there.</summary>
    private readonly HashSet<TenantId> _unproven = [];

    /// <summary>Those of them that nobody has: kept while there is room, so that a flood of one name stays a number.</summary>
    private readonly HashSet<TenantId> _nobodys = [];

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
                if (!HasRoom(call.Proven))
                {
                    return RefusalFate.Dropped;
                }

                tenant = Add(call.Tenant);
            }

            if (call.Proven)
            {
                Confirm(call.Tenant);
            }

            return tenant.Of(call).Note(call, clock.GetUtcNow()) ? RefusalFate.Recorded : RefusalFate.Counted;
        }
    }

    /// <summary>Calls that could not be recorded now: they are counted with those that follow.</summary>
    public void GiveBack(RefusedCalls calls)
    {
        lock (_gate)
        {
            var tenant = _tenants.TryGetValue(calls.Call.Tenant, out var known) ? known : Add(calls.Call.Tenant);
            tenant.Of(calls.Call).Count(calls.Call, calls.Count, calls.Since ?? clock.GetUtcNow());
        }
    }

    /// <summary>Whether there is such a tenant, as the store has said when a record was written: names that nobody has make room for others.</summary>
    public void Found(TenantId id, bool there)
    {
        lock (_gate)
        {
            if (there)
            {
                Confirm(id);
            }
            else if (_unproven.Contains(id))
            {
                _nobodys.Add(id);
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
                tenant.Take(now, all, taken);
                if (tenant.IsIdle(now))
                {
                    Remove(id);
                }
            }

            return taken;
        }
    }

    private Tenant Add(TenantId id)
    {
        _unproven.Add(id);
        return _tenants[id] = new(length, mostPerHour);
    }

    private void Confirm(TenantId id)
    {
        _unproven.Remove(id);
        _nobodys.Remove(id);
    }

    private void Remove(TenantId id)
    {
        _tenants.Remove(id);
        Confirm(id);
    }

    private bool HasRoom(bool proven)
    {
        if (_tenants.Count < MostTenants && (proven || _unproven.Count < MostUnproven))
        {
            return true;
        }

        if (_nobodys.Count == 0)
        {
            return false;
        }

        Remove(_nobodys.First());
        return true;
    }

    private sealed class Tenant(TimeSpan length, int mostPerHour)
    {
        private readonly RefusalShare[] _shares = [.. Enum.GetValues<RefusedBy>().Select(_ => new RefusalShare(length, mostPerHour))];

        public RefusalShare Of(RefusedCall call) => _shares[(int)call.Sort];

        public void Take(DateTimeOffset now, bool all, List<RefusedCalls> taken) => Array.ForEach(_shares, share => share.Take(now, all, taken));

        public bool IsIdle(DateTimeOffset now) => Array.TrueForAll(_shares, share => share.IsIdle(now));
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
