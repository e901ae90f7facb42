using System.Diagnostics.Metrics;
using Caas.Contracts;

namespace Caas.Core.Push;

/// <summary>What pushes count, meter <c>Caas.Push</c>.</summary>
public sealed class PushMetrics
{
    private readonly Counter<long> _ended;
    private readonly Histogram<double> _duration;

    public PushMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Push");
        _ended = meter.CreateCounter<long>("caas.push.attempts", "{push}", "Pushes tried, by platform and outcome: sent, gone, later, rejected, mismatched (account and token do not belong together), skipped, withdrawn.");
        _duration = meter.CreateHistogram<double>("caas.push.duration", "s", "How long a push service took.");
    }

    internal void Ended(DevicePlatform? platform, string outcome) => _ended.Add(1, new("platform", platform?.ToString() ?? "none"), new("outcome", outcome));

    internal void Took(DevicePlatform platform, TimeSpan time) => _duration.Record(time.TotalSeconds, new KeyValuePair<string, object?>("platform", platform.ToString()));
}
