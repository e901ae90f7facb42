using System.Collections.Concurrent;

namespace Caas.Core.RateLimits;

/// <summary>Counts in this process alone: what a shared limiter falls back to. A bucket's window starts with its first call. Holds at most 100,000 buckets; above that the oldest knowledge is lost, never a call.</summary>
public sealed class LocalRateLimiter(TimeProvider clock) : IRateLimiter
{
    private readonly BucketTable<Window> _windows = new(window => window.EndsBefore(clock.GetTimestamp()));

    public ValueTask<RateLimitDecision> TakeAsync(string bucket, int limit, TimeSpan window, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var now = clock.GetTimestamp();
        var length = (long)(window.TotalSeconds * clock.TimestampFrequency);
        var (used, end) = _windows.Get(bucket, static () => new Window()).Take(now, length);
        return ValueTask.FromResult(new RateLimitDecision(used <= limit, limit, Math.Max(0, limit - used), clock.GetElapsedTime(now, end)));
    }

    public ValueTask GiveBackAsync(string bucket, CancellationToken cancellationToken)
    {
        _windows.Get(bucket, static () => new Window()).GiveBack(clock.GetTimestamp());
        return ValueTask.CompletedTask;
    }

    private sealed class Window
    {
        private readonly Lock _lock = new();
        private long _end = long.MinValue;
        private int _used;

        public (int Used, long End) Take(long now, long length)
        {
            lock (_lock)
            {
                if (now >= _end)
                {
                    (_end, _used) = (now + length, 0);
                }

                _used = Math.Min(_used, int.MaxValue - 1) + 1;
                return (_used, _end);
            }
        }

        public void GiveBack(long now)
        {
            lock (_lock)
            {
                _used = now < _end ? Math.Max(0, _used - 1) : _used;
            }
        }

        public bool EndsBefore(long now)
        {
            lock (_lock)
            {
                return _end <= now;
            }
        }
    }
}

/// <summary>Buckets by name, bounded: when it is full, idle ones go; if that is not enough, all.</summary>
internal sealed class BucketTable<TBucket>(Func<TBucket, bool> isIdle, int capacity = 100_000)
    where TBucket : class
{
    private readonly ConcurrentDictionary<string, TBucket> _buckets = new(StringComparer.Ordinal);

    public int Count => _buckets.Count;

    public TBucket Get(string name, Func<TBucket> create)
    {
        if (_buckets.TryGetValue(name, out var bucket))
        {
            return bucket;
        }

        if (_buckets.Count >= capacity)
        {
            Trim();
        }

        return _buckets.GetOrAdd(name, static (_, make) => make(), create);
    }

    private void Trim()
    {
        foreach (var (name, bucket) in _buckets)
        {
            if (isIdle(bucket))
            {
                _buckets.TryRemove(new(name, bucket));
            }
        }

        if (_buckets.Count >= capacity)
        {
            _buckets.Clear();
        }
    }
}
