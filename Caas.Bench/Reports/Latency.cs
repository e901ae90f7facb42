using System.Diagnostics;
using HdrHistogram;

namespace Caas.Bench.Reports;

/// <summary>How long something took, each time: percentiles to three digits, from a microsecond to ten minutes. Thread safe.</summary>
public sealed class Latency
{
    /// <summary>Of fewer, a p99 is one of the slowest few, and says nothing.</summary>
    public const int LeastForP99 = 100;

    private const long MostMicroseconds = 600_000_000;
    private const int Digits = 3;

    private readonly Lock _gate = new();
    private readonly LongHistogram _microseconds = new(1, MostMicroseconds, Digits);

    public long Count
    {
        get
        {
            lock (_gate)
            {
                return _microseconds.TotalCount;
            }
        }
    }

    /// <param name="stopwatchTicks">As <see cref="Stopwatch.GetTimestamp"/> counts; less than a microsecond counts as one.</param>
    public void Record(long stopwatchTicks)
    {
        var microseconds = (long)(stopwatchTicks * (1_000_000.0 / Stopwatch.Frequency));
        lock (_gate)
        {
            _microseconds.RecordValue(Math.Clamp(microseconds, 1, MostMicroseconds));
        }
    }

    /// <param name="percentile">0 to 100.</param>
    /// <returns>Milliseconds; 0 when nothing was recorded.</returns>
    public double At(double percentile)
    {
        lock (_gate)
        {
            return _microseconds.TotalCount == 0 ? 0 : _microseconds.GetValueAtPercentile(percentile) / 1000.0;
        }
    }

    /// <summary>The percentiles that are reported; none when nothing was recorded.</summary>
    public IEnumerable<Figure> Figures(string name) => Count == 0 ? [] :
    [
        new($"{name} p50", At(50), "ms"),
        new($"{name} p90", At(90), "ms"),
        new($"{name} p99", At(99), "ms"),
        new($"{name} p99.9", At(99.9), "ms"),
        new($"{name} max", At(100), "ms"),
    ];
}
