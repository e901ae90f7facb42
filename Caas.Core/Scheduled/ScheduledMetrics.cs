using System.Diagnostics.Metrics;

namespace Caas.Core.Scheduled;

/// <summary>What scheduled messages count, meter <c>Caas.Scheduled</c>.</summary>
public sealed class ScheduledMetrics
{
    private readonly Counter<long> _sent;
    private readonly Counter<long> _failed;

    public ScheduledMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Scheduled");
        _sent = meter.CreateCounter<long>("caas.scheduled.sent", "{message}", "Scheduled messages that were sent.");
        _failed = meter.CreateCounter<long>("caas.scheduled.failed", "{message}", "Scheduled messages that were refused when they were due.");
    }

    internal void Sent() => _sent.Add(1);

    internal void Failed() => _failed.Add(1);
}
