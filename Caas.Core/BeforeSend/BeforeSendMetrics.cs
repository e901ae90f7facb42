using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Caas.Contracts;

namespace Caas.Core.BeforeSend;

/// <summary>What asking before sending measures, meter <c>Caas.BeforeSend</c>.</summary>
public sealed class BeforeSendMetrics
{
    private readonly Counter<long> _asked;
    private readonly Histogram<double> _duration;
    private long _running;

    public BeforeSendMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.BeforeSend");
        _asked = meter.CreateCounter<long>("caas.before_send.messages", "{message}", "Messages that a hook was to judge, by outcome and kind (send, edit).");
        _duration = meter.CreateHistogram<double>("caas.before_send.duration", "s", "How long a message waited for its hook, by outcome; those that were not asked about are left out.");
        meter.CreateObservableUpDownCounter("caas.before_send.running", () => Volatile.Read(ref _running), "{message}", "Messages that are with a hook now, or wait for their turn.");
    }

    internal void Judged(BeforeSendOutcome outcome, bool edit, TimeSpan duration)
    {
        var name = JsonNamingPolicy.CamelCase.ConvertName(outcome.ToString());
        _asked.Add(1, new TagList { { "outcome", name }, { "kind", edit ? "edit" : "send" } });
        if (outcome is not (BeforeSendOutcome.Busy or BeforeSendOutcome.Paused))
        {
            _duration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("outcome", name));
        }
    }

    internal void Running(int change) => Interlocked.Add(ref _running, change);
}
