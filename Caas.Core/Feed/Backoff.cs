namespace Caas.Core.Feed;

/// <summary>Pauses that double from a first to a longest one, each cut by up to a half at random, so that many who failed together do not come back together.</summary>
public sealed class Backoff(TimeSpan first, TimeSpan longest, TimeProvider clock)
{
    private int _failures;

    /// <summary>How often <see cref="PauseAsync"/> was called since the last success.</summary>
    public int Failures => _failures;

    /// <summary>Waits for the next pause.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(Next(), clock, cancellationToken);

    /// <summary>It works again: the next pause is the first one.</summary>
    public void Reset() => _failures = 0;

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        var whole = Math.Min(first.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 30)), longest.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(whole * (0.5 + (Random.Shared.NextDouble() / 2)));
    }
}
