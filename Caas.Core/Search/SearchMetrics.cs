using System.Diagnostics.Metrics;

namespace Caas.Core.Search;

/// <summary>What searches measure, meter <c>Caas.Search</c>.</summary>
public sealed class SearchMetrics
{
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _candidates;
    private readonly Counter<long> _indexed;

    public SearchMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Search");
        _duration = meter.CreateHistogram<double>("caas.search.duration", "s", "Time to answer one search, by outcome: found, none, or too_broad.");
        _candidates = meter.CreateCounter<long>("caas.search.candidates", "{message}", "Messages that the index named and that were looked at.");
        _indexed = meter.CreateCounter<long>("caas.search.indexed", "{message}", "Messages whose words were written to the index, or taken from it.");
    }

    internal void Searched(TimeSpan duration, string outcome) => _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));

    internal void LookedAt(int candidates) => _candidates.Add(candidates);

    internal void Indexed(int messages) => _indexed.Add(messages);
}
