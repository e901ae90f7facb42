namespace Caas.Core.Push;

/// <summary>
/// How much may be under way: in all, for one tenant, at one host that a user named, for one user, and one push per device. Who is slow to answer takes from the share of the own tenant, and of
/// that only a part. A job gets all that it needs or nothing: nobody waits for a slot while holding another.
/// </summary>
/// <remarks>
/// However many tenants name endpoints that never answer, they do not take all together: what has run for a second gives its slot back and goes on among the slow ones, and whoever was slow before
/// begins among those. There are as many slots again for the slow; and in all there may be <see cref="Most"/> times as many, which only many tenants reach that nobody knows yet, all at once.
/// </remarks>
internal sealed class PushSlots(PushOptions options, TimeProvider clock) : IDisposable
{
    public const int Most = 8;

    /// <summary>Of the at most 20 devices of one user.</summary>
    private const int PerUser = 4;

    /// <summary>Of how many it is remembered that they are slow.</summary>
    private const int MostRemembered = 1_000;

    /// <summary>What takes longer is slow. Of a tenant as a whole it is twice that: it may have one slow host among others.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    /// <summary>So long after its last push a slow one is given another chance.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Running> _running = new(StringComparer.Ordinal);
    private readonly Queue<Running> _quick = new();
    private readonly Dictionary<string, (double Seconds, long At)> _took = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _freed = new(0, 1);
    private readonly int _perTenant = Math.Min(options.PerTenant, Math.Max(1, options.Parallelism / 2));
    private int _slow;

    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                Look();
                return IsFullOf(slow: false);
            }
        }
    }

    public bool TryTake(PushJob job)
    {
        lock (_gate)
        {
            Look();
            var places = PushPlaces.Of(job);
            var slow = places.Any(IsSlow);
            if (IsFullOf(slow) || places.Any(place => _taken.GetValueOrDefault(place) >= MostOf(place)))
            {
                return false;
            }

            foreach (var place in places)
            {
                _taken[place] = _taken.GetValueOrDefault(place) + 1;
            }

            var running = _running[PushPlaces.DeviceOf(job)] = new(clock.GetTimestamp()) { IsSlow = slow };
            if (slow)
            {
                _slow++;
            }
            else
            {
                _quick.Enqueue(running);
            }

            return true;
        }
    }

    public void Release(PushJob job)
    {
        lock (_gate)
        {
            Look();
            _running.Remove(PushPlaces.DeviceOf(job), out var running);
            running!.IsOver = true;
            _slow -= running.IsSlow ? 1 : 0;
            foreach (var place in PushPlaces.Of(job))
            {
                Remember(place, clock.GetElapsedTime(running.Began));
                if (--_taken[place] == 0)
                {
                    _taken.Remove(place);
                }
            }

            if (_freed.CurrentCount == 0)
            {
                _freed.Release();
            }
        }
    }

    /// <summary>What nobody can have now.</summary>
    public HashSet<string> Taken()
    {
        lock (_gate)
        {
            Look();
            return [.. _taken.Where(one => one.Value >= MostOf(one.Key)).Select(one => one.Key), .. IsFullOf(slow: true) ? _took.Keys.Where(IsSlow) : []];
        }
    }

    /// <summary>Until something was released since it was asked last, or the time is over.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _freed.WaitAsync(atMost, cancellationToken);

    public void Dispose() => _freed.Dispose();

    /// <summary>What has run for long is slow from now on.</summary>
    private void Look()
    {
        while (_quick.TryPeek(out var oldest) && (oldest.IsOver || clock.GetElapsedTime(oldest.Began) >= Slow))
        {
            _quick.Dequeue();
            if (!oldest.IsOver)
            {
                oldest.IsSlow = true;
                _slow++;
            }
        }
    }

    private bool IsFullOf(bool slow) => slow ? _slow >= options.Parallelism : _running.Count - _slow >= options.Parallelism || _running.Count >= options.Parallelism * Most;

    private bool IsSlow(string place) => _took.TryGetValue(place, out var took) && clock.GetElapsedTime(took.At) < Remembered && took.Seconds > Slow.TotalSeconds * (IsTenant(place) ? 2 : 1);

    private void Remember(string place, TimeSpan took)
    {
        if (!IsTenant(place) && !place.StartsWith(PushPlaces.Service, StringComparison.Ordinal))
        {
            return;
        }

        var known = _took.TryGetValue(place, out var before);
        var seconds = (before.Seconds + took.TotalSeconds) / 2;
        if (seconds * 2 < Slow.TotalSeconds)
        {
            _took.Remove(place);
        }
        else if (known || _took.Count < MostRemembered)
        {
            _took[place] = (seconds, clock.GetTimestamp());
        }
        else if (_took.FirstOrDefault(one => clock.GetElapsedTime(one.Value.At) >= Remembered) is { Key: not null } old)
        {
            _took.Remove(old.Key);
            _took[place] = (seconds, clock.GetTimestamp());
        }
    }

    private static bool IsTenant(string place) => place.StartsWith(PushPlaces.Tenant, StringComparison.Ordinal);

    private int MostOf(string place) => place[..2] switch
    {
        PushPlaces.Device => 1,
        PushPlaces.User => Math.Min(PerUser, _perTenant),
        PushPlaces.Service when PushPlaces.IsHost(place) => Math.Min(options.PerHost, Math.Max(1, _perTenant / 2)),
        _ => _perTenant,
    };

    private sealed class Running(long began)
    {
        public long Began { get; } = began;

        public bool IsSlow { get; set; }

        public bool IsOver { get; set; }
    }
}
