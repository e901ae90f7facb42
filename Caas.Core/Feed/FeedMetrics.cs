using System.Diagnostics.Metrics;

namespace Caas.Core.Feed;

/// <summary>What the feed, its writer and its readers tell of themselves: meter <c>Caas.Feed</c>.</summary>
public sealed class FeedMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Counter<long> _appended;
    private readonly Histogram<double> _delay;
    private readonly Counter<long> _repairsSkipped;
    private readonly Counter<long> _gapsFilled;
    private readonly Counter<long> _rescans;
    private readonly Counter<long> _published;
    private readonly Counter<long> _handled;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _deadLetters;
    private long _projectorPending;
    private double _projectorLag;
    private long _publisherLag;
    private double _publisherLagSeconds;

    public FeedMetrics(IMeterFactory? factory = null)
    {
        _meter = factory?.Create("Caas.Feed") ?? new Meter("Caas.Feed");
        _appended = _meter.CreateCounter<long>("caas.feed.appended", "{entry}", "Entries that the projector wrote to the feed.");
        _delay = _meter.CreateHistogram<double>("caas.feed.delay", "s", "Time from an entry's append to its place in the feed.");
        _repairsSkipped = _meter.CreateCounter<long>("caas.feed.repairs.skipped", "{log}", "Repairs that failed every time and were skipped.");
        _gapsFilled = _meter.CreateCounter<long>("caas.feed.gaps.filled", "{entry}", "Entries that the source did not give and the projector read from the log.");
        _rescans = _meter.CreateCounter<long>("caas.feed.rescans", "{rescan}", "Rescans by time, because the store had lost the projector's place.");
        _published = _meter.CreateCounter<long>("caas.feed.published", "{event}", "Events that the publisher's target acknowledged.");
        _handled = _meter.CreateCounter<long>("caas.events.handled", "{event}", "Events that a consumer handled.");
        _retries = _meter.CreateCounter<long>("caas.events.retries", "{attempt}", "Attempts of consumers that failed and were tried again.");
        _deadLetters = _meter.CreateCounter<long>("caas.events.dead_letters", "{event}", "Events that were put aside with a reason.");
        _meter.CreateObservableGauge("caas.feed.projector.pending", () => Volatile.Read(ref _projectorPending), "{entry}", "Entries that the projector has read and that are not in the feed yet.");
        _meter.CreateObservableGauge("caas.feed.projector.lag", () => Volatile.Read(ref _projectorLag), "s", "Age of the oldest entry that the projector is at work on; 0 at the end of the log.");
        _meter.CreateObservableGauge("caas.feed.publisher.pending", () => Volatile.Read(ref _publisherLag), "{entry}", "Entries of the feed that are not published yet.");
        _meter.CreateObservableGauge("caas.feed.publisher.lag", () => Volatile.Read(ref _publisherLagSeconds), "s", "Age of the oldest entry that the publisher waits to have acknowledged; 0 at the end of the feed.");
    }

    public void Appended(int entries) => _appended.Add(entries);

    public void Delayed(TimeSpan delay) => _delay.Record(Math.Max(0, delay.TotalSeconds));

    public void RepairSkipped() => _repairsSkipped.Add(1);

    public void GapFilled(int entries) => _gapsFilled.Add(entries);

    public void Rescanned() => _rescans.Add(1);

    public void Published(int events) => _published.Add(events);

    public void Handled(string group) => _handled.Add(1, new KeyValuePair<string, object?>("group", group));

    public void Retried(string group) => _retries.Add(1, new KeyValuePair<string, object?>("group", group));

    public void DeadLettered(string group) => _deadLetters.Add(1, new KeyValuePair<string, object?>("group", group));

    /// <summary>What the projector is at work on; 0, zero: nothing.</summary>
    public void ProjectorAt(int pending, TimeSpan age)
    {
        Volatile.Write(ref _projectorPending, pending);
        Volatile.Write(ref _projectorLag, Math.Max(0, age.TotalSeconds));
    }

    /// <summary>What is left to publish; 0, zero: nothing.</summary>
    public void PublisherAt(long pending, TimeSpan age)
    {
        Volatile.Write(ref _publisherLag, pending);
        Volatile.Write(ref _publisherLagSeconds, Math.Max(0, age.TotalSeconds));
    }

    public void Dispose() => _meter.Dispose();
}
