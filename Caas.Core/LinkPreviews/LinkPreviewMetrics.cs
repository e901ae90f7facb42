using System.Diagnostics.Metrics;

namespace Caas.Core.LinkPreviews;

/// <summary>What link previews count, meter <c>Caas.LinkPreviews</c>.</summary>
public sealed class LinkPreviewMetrics
{
    private readonly Counter<long> _links;
    private readonly Counter<long> _dropped;
    private readonly Histogram<double> _duration;

    public LinkPreviewMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.LinkPreviews");
        _links = meter.CreateCounter<long>("caas.link_previews.links", "{link}", "Links looked at, by outcome: found or nothing.");
        _dropped = meter.CreateCounter<long>("caas.link_previews.dropped", "{message}", "Messages that got no previews because too many waited.");
        _duration = meter.CreateHistogram<double>("caas.link_previews.duration", "s", "Time to look at one link.");
    }

    internal void Looked(bool found, TimeSpan time)
    {
        _links.Add(1, new KeyValuePair<string, object?>("outcome", found ? "found" : "nothing"));
        _duration.Record(time.TotalSeconds);
    }

    internal void Dropped() => _dropped.Add(1);
}
