using Caas.Bench.Commands;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>One thing that goes wrong while the load runs, and what must hold all the same.</summary>
internal abstract class Fault
{
    /// <summary>What the command line calls it.</summary>
    public abstract string Name { get; }

    /// <summary>What happens, and what must hold, in one sentence.</summary>
    public abstract string Description { get; }

    /// <summary>The options of its load, with its own defaults.</summary>
    public abstract ShapeOptions Options { get; }

    public abstract Task<Outcome> RunAsync(LoadShape shape, Stage stage, CancellationToken cancellationToken);

    /// <summary>Moments of the load, in stopwatch ticks.</summary>
    protected static long Now => System.Diagnostics.Stopwatch.GetTimestamp();

    protected static double Seconds(long stopwatchTicks) => stopwatchTicks / (double)System.Diagnostics.Stopwatch.Frequency;
}
