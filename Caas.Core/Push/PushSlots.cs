namespace Caas.Core.Push;

/// <summary>
/// How much may be under way: in all, for one tenant, at one host that a user named, for one user, and one push per device. Who is slow to answer takes from the share of the own tenant, and of
/// that only a part. A job gets all that it needs or nothing: nobody waits for a slot while holding another.
/// </summary>
internal sealed class PushSlots(PushOptions options) : IDisposable
{
    /// <summary>Of the at most 20 devices of one user.</summary>
    private const int PerUser = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _freed = new(0, 1);
    private readonly int _perTenant = Math.Min(options.PerTenant, Math.Max(1, options.Parallelism / 2));
    private int _total;

    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _total >= options.Parallelism;
            }
        }
    }

    public bool TryTake(PushJob job)
    {
        lock (_gate)
        {
            var places = PushPlaces.Of(job);
            if (_total >= options.Parallelism || places.Any(place => _taken.GetValueOrDefault(place) >= MostOf(place)))
            {
                return false;
            }

            foreach (var place in places)
            {
                _taken[place] = _taken.GetValueOrDefault(place) + 1;
            }

            _total++;
            return true;
        }
    }

    public void Release(PushJob job)
    {
        lock (_gate)
        {
            foreach (var place in PushPlaces.Of(job))
            {
                if (--_taken[place] == 0)
                {
                    _taken.Remove(place);
                }
            }

            _total--;
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
            return [.. _taken.Where(one => one.Value >= MostOf(one.Key)).Select(one => one.Key)];
        }
    }

    /// <summary>Until something was released since it was asked last, or the time is over.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken) => _freed.WaitAsync(atMost, cancellationToken);

    public void Dispose() => _freed.Dispose();

    private int MostOf(string place) => place[..2] switch
    {
        PushPlaces.Device => 1,
        PushPlaces.User => Math.Min(PerUser, _perTenant),
        PushPlaces.Service when PushPlaces.IsHost(place) => Math.Min(options.PerHost, Math.Max(1, _perTenant / 2)),
        _ => _perTenant,
    };
}
