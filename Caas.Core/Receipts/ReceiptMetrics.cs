using System.Diagnostics.Metrics;

namespace Caas.Core.Receipts;

/// <summary>What receipts count, meter <c>Caas.Receipts</c>.</summary>
public sealed class ReceiptMetrics
{
    private readonly Counter<long> _marks;
    private readonly Counter<long> _moved;
    private readonly Counter<long> _lost;
    private readonly Histogram<double> _writes;

    public ReceiptMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Receipts");
        _marks = meter.CreateCounter<long>("caas.receipts.marks", "{mark}", "Marks that clients made.");
        _moved = meter.CreateCounter<long>("caas.receipts.moved", "{cursor}", "Members whose cursors moved.");
        _lost = meter.CreateCounter<long>("caas.receipts.lost", "{member}", "Members whose marks could not be written before the process ended.");
        _writes = meter.CreateHistogram("caas.receipts.write.duration", "s", "Time of one write of gathered marks.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5] });
    }

    internal void Marked() => _marks.Add(1);

    internal void Written(int moved, TimeSpan took)
    {
        _moved.Add(moved);
        _writes.Record(took.TotalSeconds);
    }

    internal void Lost(int members) => _lost.Add(members);
}
