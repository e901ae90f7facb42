using Caas.Core.Entries;

namespace Caas.Core.Feed;

/// <summary>
/// A lease that this process holds and renews by itself. <see cref="Lost"/> is cancelled when another one has it, or when it could not be renewed in time:
/// counted from before the last renewal was sent, so that the holder lets go before the store gives it to another.
/// </summary>
public sealed class HeldLease : IAsyncDisposable
{
    private static readonly TimeSpan ReleaseTimeout = TimeSpan.FromSeconds(2);

    private readonly ILeaseStore _store;
    private readonly TimeProvider _clock;
    private readonly string _name;
    private readonly string _holder;
    private readonly TimeSpan _duration;
    private readonly CancellationTokenSource _lost;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _renewing;

    private HeldLease(ILeaseStore store, TimeProvider clock, string name, string holder, TimeSpan duration, long epoch)
    {
        (_store, _clock, _name, _holder, _duration, Epoch) = (store, clock, name, holder, duration, epoch);
        _lost = new(Timeout.InfiniteTimeSpan, clock);
        Lost = _lost.Token;
        _renewing = RenewAsync();
    }

    /// <summary>Rises with each holder: what fences a zombie.</summary>
    public long Epoch { get; }

    /// <summary>Cancelled when the lease is lost.</summary>
    public CancellationToken Lost { get; }

    /// <summary>Takes the lease, or gives null when another one holds it.</summary>
    /// <exception cref="StoreUnavailableException">Unknown.</exception>
    public static async Task<HeldLease?> TryAcquireAsync(ILeaseStore store, TimeProvider clock, string name, string holder, TimeSpan duration, CancellationToken cancellationToken)
    {
        var asked = clock.GetTimestamp();
        if (await store.AcquireAsync(name, holder, duration, cancellationToken) is not { } epoch)
        {
            return null;
        }

        var lease = new HeldLease(store, clock, name, holder, duration, epoch);
        lease.Extend(asked);
        return lease;
    }

    /// <summary>Stops renewing and gives the lease back, so that the next one need not wait; for that the store has 2 s.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _renewing;
        try
        {
            using var bounded = new CancellationTokenSource(ReleaseTimeout, _clock);
            await _store.ReleaseAsync(_name, _holder, bounded.Token);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OperationCanceledException)
        {
            // It runs out by itself.
        }

        _lost.Dispose();
        _stop.Dispose();
    }

    private async Task RenewAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(_duration / 3, _clock);
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                var asked = _clock.GetTimestamp();
                try
                {
                    if (await _store.AcquireAsync(_name, _holder, _duration, _stop.Token) != Epoch)
                    {
                        await _lost.CancelAsync();
                        return;
                    }

                    Extend(asked);
                }
                catch (StoreUnavailableException)
                {
                    // The next tick tries again, until the time that is left has run out.
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed.
        }
    }

    private void Extend(long asked)
    {
        var left = _duration - _clock.GetElapsedTime(asked);
        _lost.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }
}
