using System.Diagnostics.Metrics;

namespace Caas.Adapters.Sqlite;

/// <summary>What the writer thread measures, meter <c>Caas.Sqlite</c>. One for the process, as the writers are.</summary>
internal static class SqliteMetrics
{
    private static readonly Meter Meter = new("Caas.Sqlite");
    private static readonly Histogram<int> Batch = Meter.CreateHistogram<int>("caas.sqlite.commit.batch", "{write}", "Writes in one transaction.");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("caas.sqlite.commit.duration", "s", "Time from the start of a transaction until it is durable.");
    private static readonly Histogram<double> Turn = Meter.CreateHistogram<double>("caas.sqlite.turn.duration", "s", "Time that the writer waited for other processes.");
    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("caas.sqlite.failures", "{transaction}", "Transactions that were not begun (begin, busy) or whose outcome is unknown (commit).");

    public static void Committed(int writes, TimeSpan took)
    {
        Batch.Record(writes);
        Duration.Record(took.TotalSeconds);
    }

    public static void Waited(TimeSpan took) => Turn.Record(took.TotalSeconds);

    /// <param name="stage"><c>begin</c>, <c>busy</c> or <c>commit</c>.</param>
    public static void Failed(string stage) => Failures.Add(1, new KeyValuePair<string, object?>("stage", stage));
}
