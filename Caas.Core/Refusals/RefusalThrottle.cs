using System.Collections.Concurrent;

namespace Caas.Core.Refusals;

/// <summary>How many refusals of one code are logged: the first <see cref="MostPerSecond"/> of each second; the others are counted, and their number is told when the second is over.</summary>
/// <param name="tell">Takes a code and how many of it were not logged.</param>
public sealed class RefusalThrottle(TimeProvider clock, Action<string, int> tell)
{
    public const int MostPerSecond = 20;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>Codes are a closed list: it does not grow.</summary>
    private readonly ConcurrentDictionary<string, Window> _windows = new(StringComparer.Ordinal);

    /// <summary>Whether this one is to be logged.</summary>
    public bool Admits(string code)
    {
        var window = _windows.GetOrAdd(code, static _ => new());
        var (admitted, first) = window.Count(clock.GetTimestamp(), (long)(Second.TotalSeconds * clock.TimestampFrequency));
        if (first)
        {
            _ = TellAsync(code, window);
        }

        return admitted;
    }

    private async Task TellAsync(string code, Window window)
    {
        await Task.Delay(Second, clock);
        tell(code, window.Suppressed());
    }

    private sealed class Window
    {
        private readonly Lock _lock = new();
        private long _since = long.MinValue;
        private int _count;
        private int _suppressed;

        /// <returns>Whether it is admitted; whether it is the first of those that are not.</returns>
        public (bool Admitted, bool FirstSuppressed) Count(long now, long second)
        {
            lock (_lock)
            {
                if (_since == long.MinValue || now - _since >= second)
                {
                    (_since, _count) = (now, 0);
                }

                return ++_count <= MostPerSecond ? (true, false) : (false, ++_suppressed == 1);
            }
        }

        public int Suppressed()
        {
            lock (_lock)
            {
                var suppressed = _suppressed;
                _suppressed = 0;
                return suppressed;
            }
        }
    }
}
