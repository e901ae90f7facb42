using System.Diagnostics;

namespace Caas.Bench.Measure;

/// <summary>Durations of one kind, in milliseconds. Not for several threads at once.</summary>
internal sealed class Samples
{
    private readonly List<double> _values = [];

    public double Median => _values.Order().ElementAt(_values.Count / 2);

    /// <summary>The value below which so many of a hundred are.</summary>
    public double At(int percent) => _values.Order().ElementAt(Math.Min(_values.Count - 1, _values.Count * percent / 100));

    public async Task TimeAsync(Func<Task> act)
    {
        var start = Stopwatch.GetTimestamp();
        await act();
        _values.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    public void Time(Action act)
    {
        var start = Stopwatch.GetTimestamp();
        act();
        _values.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    public void Add(double value) => _values.Add(value);
}
