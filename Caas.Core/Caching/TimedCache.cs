using System.Collections.Concurrent;

namespace Caas.Core.Caching;

/// <summary>
/// Keeps what was read for a short time. A value's age counts from the moment its read began, so nothing older than its lifetime is ever given;
/// several who ask at once share one read. What was not found (null) and what failed are not kept.
/// </summary>
internal sealed class TimedCache<TKey, TValue>
    where TKey : notnull
    where TValue : class
{
    private readonly ConcurrentDictionary<TKey, Slot> _slots = new();
    private readonly Func<TKey, Task<TValue?>> _read;
    private readonly TimeSpan _lifetime;
    private readonly int _capacity;
    private readonly TimeProvider _clock;
    private readonly Sweep _sweep;

    /// <param name="read">Not cancelled with one of those who wait for it.</param>
    /// <param name="lifetime">What is older is not given, and is let go of before it is twice as old.</param>
    /// <param name="capacity">Above so many entries the old ones are dropped, and if that is not enough, all.</param>
    public TimedCache(Func<TKey, Task<TValue?>> read, TimeSpan lifetime, int capacity, TimeProvider clock)
    {
        (_read, _lifetime, _capacity, _clock) = (read, lifetime, capacity, clock);
        _sweep = new(lifetime, DropOld, clock);
    }

    public int Count => _slots.Count;

    public ValueTask<TValue?> GetAsync(TKey key, CancellationToken cancellationToken)
    {
        var slot = FreshSlot(key);
        var reading = slot.Reading;
        return reading.IsCompletedSuccessfully && slot.Kept ? ValueTask.FromResult(reading.GetAwaiter().GetResult()) : WaitAsync(key, slot, reading, cancellationToken);
    }

    public void Forget(TKey key) => _slots.TryRemove(key, out _);

    private Slot FreshSlot(TKey key)
    {
        while (true)
        {
            if (_slots.TryGetValue(key, out var slot))
            {
                if (IsFresh(slot))
                {
                    return slot;
                }

                var renewed = new Slot(_clock.GetTimestamp());
                if (_slots.TryUpdate(key, renewed, slot))
                {
                    _ = renewed.FillAsync(key, _read);
                    return renewed;
                }
            }
            else
            {
                Trim();
                var added = new Slot(_clock.GetTimestamp());
                if (_slots.TryAdd(key, added))
                {
                    _sweep.Arm();
                    _ = added.FillAsync(key, _read);
                    return added;
                }
            }
        }
    }

    private async ValueTask<TValue?> WaitAsync(TKey key, Slot slot, Task<TValue?> reading, CancellationToken cancellationToken)
    {
        try
        {
            var value = await reading.WaitAsync(cancellationToken);
            slot.Kept = value is not null;
            return value;
        }
        finally
        {
            if (reading.IsCompleted && !slot.Kept)
            {
                _slots.TryRemove(new(key, slot));
            }
        }
    }

    private bool IsFresh(Slot slot) => _clock.GetElapsedTime(slot.Started) < _lifetime;

    private void Trim()
    {
        if (_slots.Count < _capacity)
        {
            return;
        }

        DropOld();
        if (_slots.Count >= _capacity)
        {
            _slots.Clear();
        }
    }

    private bool DropOld()
    {
        var left = false;
        foreach (var (key, slot) in _slots)
        {
            // One that is still being read is waited for by somebody.
            if (IsFresh(slot) || !slot.Reading.IsCompleted)
            {
                left = true;
            }
            else
            {
                _slots.TryRemove(new(key, slot));
            }
        }

        return left;
    }

    private sealed class Slot(long started)
    {
        private readonly TaskCompletionSource<TValue?> _reading = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Started { get; } = started;

        public Task<TValue?> Reading => _reading.Task;

        public bool Kept { get; set; }

        public async Task FillAsync(TKey key, Func<TKey, Task<TValue?>> read)
        {
            try
            {
                _reading.SetResult(await read(key));
            }
#pragma warning disable CA1031 // Whatever it is, it is thrown to those who wait.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _reading.SetException(exception);
            }
        }
    }
}
