using System.Diagnostics.Metrics;

namespace Caas.Core.Webhooks;

/// <summary>What webhooks measure, meter <c>Caas.Webhooks</c>.</summary>
public sealed class WebhookMetrics
{
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _ended;
    private readonly Counter<long> _disabled;
    private long _pending;
    private long _running;

    public WebhookMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Webhooks");
        _duration = meter.CreateHistogram<double>("caas.webhooks.attempt.duration", "s", "Time of one attempt to deliver, by outcome: 2xx, 3xx, 4xx, 5xx, or none.");
        _ended = meter.CreateCounter<long>("caas.webhooks.deliveries", "{delivery}", "Deliveries that ended, by outcome: delivered, failed.");
        _disabled = meter.CreateCounter<long>("caas.webhooks.disabled", "{webhook}", "Webhooks that were disabled because they failed or were gone.");
        meter.CreateObservableUpDownCounter("caas.webhooks.pending", () => Volatile.Read(ref _pending), "{delivery}", "Deliveries in line in this process.");
        meter.CreateObservableUpDownCounter("caas.webhooks.running", () => Volatile.Read(ref _running), "{webhook}", "Webhooks that this process tells.");
    }

    internal void Attempted(TimeSpan duration, int? status) =>
        _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", status switch { null => "none", < 300 => "2xx", < 400 => "3xx", < 500 => "4xx", _ => "5xx" }));

    internal void Ended(bool delivered) => _ended.Add(1, new KeyValuePair<string, object?>("outcome", delivered ? "delivered" : "failed"));

    internal void Disabled(string reason) => _disabled.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void Pending(int change) => Interlocked.Add(ref _pending, change);

    internal void Running(int change) => Interlocked.Add(ref _running, change);
}
