using System.Diagnostics.Metrics;

namespace Caas.Realtime;

/// <summary>What this service measures: meter <c>Caas.Realtime</c>.</summary>
internal sealed class RealtimeMetrics
{
    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };

    private readonly UpDownCounter<long> _connections;
    private readonly UpDownCounter<long> _watches;
    private readonly Counter<long> _deliveries;
    private readonly Histogram<double> _latency;
    private readonly Counter<long> _receipts;
    private readonly Counter<long> _holes;
    private readonly Counter<long> _repairs;
    private readonly Counter<long> _cuts;
    private readonly Counter<long> _evictions;
    private readonly Counter<long> _resyncs;
    private readonly Counter<long> _refusals;

    public RealtimeMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Realtime");
        _connections = meter.CreateUpDownCounter<long>("caas.realtime.connections", "{connection}", "Live connections of this replica.");
        _watches = meter.CreateUpDownCounter<long>("caas.realtime.watches", "{watch}", "Conversations that live connections watch, counted per connection.");
        _deliveries = meter.CreateCounter<long>("caas.realtime.deliveries", "{entry}", "Entries written to connections.");
        _latency = meter.CreateHistogram("caas.realtime.delivery.duration", "s", "Time from an entry's append to its writing to a connection.", advice: Seconds);
        _receipts = meter.CreateCounter<long>("caas.realtime.receipts", "{event}", "Receipts written to connections that watch.");
        _holes = meter.CreateCounter<long>("caas.realtime.holes.entries", "{entry}", "Entries read from the log because live delivery did not bring them in time.");
        _repairs = meter.CreateCounter<long>("caas.realtime.reconciler.repairs", "{conversation}", "Times that the reconciler found a watched conversation behind its log.");
        _cuts = meter.CreateCounter<long>("caas.realtime.cuts", "{connection}", "Connections cut off because they did not read.");
        _evictions = meter.CreateCounter<long>("caas.realtime.evictions", "{eviction}", "Watches and connections ended because their right ended.");
        _resyncs = meter.CreateCounter<long>("caas.realtime.resyncs", "{connection}", "Connections told to read for themselves what they missed.");
        _refusals = meter.CreateCounter<long>("caas.realtime.refusals", "{call}", "Hub calls refused.");
    }

    public void Connected() => _connections.Add(1);

    public void Disconnected() => _connections.Add(-1);

    public void WatchAdded() => _watches.Add(1);

    public void WatchEnded() => _watches.Add(-1);

    public void Delivered(TimeSpan latency)
    {
        _deliveries.Add(1);
        _latency.Record(latency.TotalSeconds);
    }

    /// <param name="silent">Nothing later had come: only the store's history showed that something was missing.</param>
    public void HoleRead(int entries, bool silent)
    {
        if (entries > 0)
        {
            _holes.Add(entries);
            _repairs.Add(silent ? 1 : 0);
        }
    }

    public void ReceiptTold() => _receipts.Add(1);

    public void CutOff() => _cuts.Add(1);

    public void Evicted(string reason) => _evictions.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Resynced() => _resyncs.Add(1);

    public void Refused(string code) => _refusals.Add(1, new KeyValuePair<string, object?>("code", code));
}
