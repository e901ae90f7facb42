using System.Diagnostics.Metrics;

namespace Caas.Core.EventLog;

/// <summary>What reading the event log measures, meter <c>Caas.EventLog</c>.</summary>
public sealed class EventLogMetrics
{
    private readonly Counter<long> _read;
    private readonly Counter<long> _skipped;
    private readonly Counter<long> _unavailable;
    private long _waiting;

    public EventLogMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.EventLog");
        _read = meter.CreateCounter<long>("caas.event_log.read", "{event}", "Events given to backends.");
        _skipped = meter.CreateCounter<long>("caas.event_log.skipped", "{event}", "Events that a filter left out.");
        _unavailable = meter.CreateCounter<long>("caas.event_log.unavailable", "{event}", "Events that could not be made when a backend or a webhook was to be told, by reason: missing, unwritable.");
        meter.CreateObservableUpDownCounter("caas.event_log.waiting", () => Volatile.Read(ref _waiting), "{call}", "Calls that wait for something to happen.");
    }

    internal void Read(int given, int skipped)
    {
        _read.Add(given);
        _skipped.Add(skipped);
    }

    internal void Unavailable(string reason) => _unavailable.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void Waits(int change) => Interlocked.Add(ref _waiting, change);
}
