using System.Diagnostics.Metrics;

namespace Caas.Core.Entries;

/// <summary>What the append pipeline counts, meter <c>Caas.Entries</c>.</summary>
public sealed class EntryMetrics
{
    private readonly Histogram<double> _duration;
    private readonly Histogram<int> _batch;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _appended;

    public EntryMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Entries");
        _duration = meter.CreateHistogram<double>("caas.entries.append.duration", "s", "Time from the call to the durable entry, waiting included.");
        _batch = meter.CreateHistogram<int>("caas.entries.append.batch", "{entry}", "Entries in one store call.");
        _retries = meter.CreateCounter<long>("caas.entries.append.retries", "{retry}", "Store calls repeated because their outcome was unknown.");
        _appended = meter.CreateCounter<long>("caas.entries.appended", "{entry}", "Entries stored.");
    }

    internal void Batch(int size) => _batch.Record(size);

    internal void Retry() => _retries.Add(1);

    internal void Done(AppendStatus status, TimeSpan took)
    {
        _duration.Record(took.TotalSeconds);
        if (status == AppendStatus.Appended)
        {
            _appended.Add(1);
        }
    }
}
