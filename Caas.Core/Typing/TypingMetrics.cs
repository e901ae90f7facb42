using System.Diagnostics.Metrics;

namespace Caas.Core.Typing;

/// <summary>What typing counts, meter <c>Caas.Typing</c>: each time by the process where it began.</summary>
public sealed class TypingMetrics
{
    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300] };

    private readonly Counter<long> _started;
    private readonly Counter<long> _dropped;
    private readonly Histogram<double> _duration;

    public TypingMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Typing");
        _started = meter.CreateCounter<long>("caas.typing.started", "{typing}", "How often somebody began to type.");
        _dropped = meter.CreateCounter<long>("caas.typing.dropped", "{call}", "Calls that told nobody anything, by reason.");
        _duration = meter.CreateHistogram("caas.typing.duration", "s", "How long somebody typed, by what ended it.", advice: Seconds);
    }

    internal void Started() => _started.Add(1);

    /// <param name="reason"><c>limited</c>, <c>renewed</c>, <c>hidden</c> or <c>large</c>.</param>
    internal void Dropped(string reason) => _dropped.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void Ended(TimeSpan duration, TypingEnd end) => _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("end", end.ToString().ToLowerInvariant()));
}

/// <summary>What ends a typing.</summary>
public enum TypingEnd
{
    /// <summary>The client said so.</summary>
    Stopped,

    /// <summary>The message was sent.</summary>
    Sent,

    /// <summary>It was not said again in time.</summary>
    Expired,

    /// <summary>The user is no longer a member.</summary>
    Left,

    /// <summary>The user no longer lets others see it.</summary>
    Hidden,
}
