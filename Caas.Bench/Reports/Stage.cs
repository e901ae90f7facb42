using Spectre.Console;

namespace Caas.Bench.Reports;

/// <summary>Where a run is: one bar at a time.</summary>
internal sealed class Stage(ProgressTask task)
{
    /// <summary>Begins the next part.</summary>
    /// <param name="total">What <see cref="At"/> ends with.</param>
    public void Begin(string what, double total)
    {
        task.Description = Markup.Escape(what);
        task.Value = 0;
        task.MaxValue = Math.Max(total, 1);
    }

    public void At(double value) => task.Value = value;

    public void Step(double by = 1) => task.Increment(by);

    /// <summary>Moves the bar with the time until <paramref name="work"/> ends.</summary>
    public async Task WithTimeAsync(Func<TimeSpan> elapsed, Task work)
    {
        while (!work.IsCompleted)
        {
            At(elapsed().TotalSeconds);
            await Task.WhenAny(work, Task.Delay(TimeSpan.FromMilliseconds(200)));
        }

        await work;
    }
}
