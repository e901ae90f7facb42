namespace Caas.Client;

/// <summary>How long to wait before a refused call is tried again.</summary>
internal static class Backoff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(5);

    /// <summary>50 ms, 100 ms, 200 ms … 5 s, jittered by half; never before the server said.</summary>
    /// <param name="tries">How many have failed, from 1.</param>
    public static TimeSpan After(int tries, TimeSpan? retryAfter = null)
    {
        var wait = First * Math.Pow(2, Math.Clamp(tries - 1, 0, 10));
        wait = (wait < Most ? wait : Most) * (0.5 + (Random.Shared.NextDouble() / 2));
        return retryAfter > TimeSpan.Zero ? retryAfter.Value + (wait / 4) : wait;
    }
}
