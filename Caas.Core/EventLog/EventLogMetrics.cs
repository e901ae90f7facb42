using System.Diagnostics.Metrics;

namespace Caas.Core.EventLog;

/// <summary>What reading the event log measures, meter <c>Caas.EventLog</c>.</summary>
public sealed class EventLogMetrics
{
    private readonly Counter<long> _read;
    private readonly Counter<long> _skipped;
    private long _waiting;

    public EventLogMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.EventLog");
        _read = meter.CreateCounter<long>("caas.event_log.read", "{event}", "Events given to backends.");
        _skipped = meter.CreateCounter<long>("caas.event_log.skipped", "{event}", "Events that a filter left out.");
        meter.CreateObservableUpDownCounter("caas.event_log.waiting", () => Volatile.Read(ref _waiting), "{call}", "Calls that wait for something to happen.");
    }

    internal void Read(int given, int skipped)
    {
        _read.Add(given);
        _skipped.Add(skipped);
    }

    internal void Waits(int change) => Interlocked.Add(ref _waiting, change);
}
