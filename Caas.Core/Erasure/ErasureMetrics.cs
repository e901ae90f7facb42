using System.Diagnostics.Metrics;

namespace Caas.Core.Erasure;

/// <summary>What erasures count, meter <c>Caas.Erasure</c>.</summary>
public sealed class ErasureMetrics
{
    private readonly Counter<long> _messages;
    private readonly Counter<long> _failed;
    private readonly Histogram<double> _duration;

    public ErasureMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Erasure");
        _messages = meter.CreateCounter<long>("caas.erasure.messages", "{message}", "Messages deleted because their sender was erased.");
        _failed = meter.CreateCounter<long>("caas.erasure.failed", "{pass}", "Passes over a user's traces that broke off; each is tried again.");
        _duration = meter.CreateHistogram<double>("caas.erasure.duration", "s", "From the request to erase a user until nothing was left.");
    }

    internal void Deleted() => _messages.Add(1);

    internal void Failed() => _failed.Add(1);

    internal void Completed(TimeSpan took) => _duration.Record(took.TotalSeconds);
}
