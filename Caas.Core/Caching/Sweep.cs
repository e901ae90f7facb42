namespace Caas.Core.Caching;

/// <summary>Lets a cache go of what is too old to be given, some time after it was filled, so that who was here once costs nothing for ever. Nothing runs while the cache is empty.</summary>
/// <param name="after">How long what was added stays at the least.</param>
/// <param name="sweep">Drops what is too old; says whether anything is left.</param>
internal sealed class Sweep(TimeSpan after, Func<bool> sweep, TimeProvider clock)
{
    private int _armed;
    private ITimer? _timer;

    /// <summary>Something was added.</summary>
    public void Arm()
    {
        if (Volatile.Read(ref _armed) == 0 && Interlocked.Exchange(ref _armed, 1) == 0)
        {
            Start();
        }
    }

    private void Start()
    {
        if (_timer is { } timer)
        {
            timer.Change(after, Timeout.InfiniteTimeSpan);
            return;
        }

        // A timer keeps what flows with the call that makes it: the first request of the process.
        AsyncFlowControl? kept = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        try
        {
            _timer = clock.CreateTimer(static state => ((Sweep)state!).Run(), this, after, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            kept?.Undo();
        }
    }

    private void Run()
    {
        // Whatever is added from here on arms it again.
        Volatile.Write(ref _armed, 0);
        if (sweep())
        {
            Arm();
        }
    }
}
