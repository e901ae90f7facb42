using System.Diagnostics.Metrics;
using Caas.Contracts;

namespace Caas.Core.Calls;

/// <summary>What calls count, meter <c>Caas.Calls</c>.</summary>
public sealed class CallMetrics
{
    private readonly Counter<long> _servers;

    private readonly Counter<long> _started;
    private readonly Counter<long> _ended;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _signals;
    private readonly Counter<long> _issues;

    public CallMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Calls");
        _servers = meter.CreateCounter<long>("caas.calls.ice_servers", "{request}", "Requests for STUN and TURN servers, by whose they are (tenant, platform, none).");
        _started = meter.CreateCounter<long>("caas.calls.started", "{call}", "Calls that were begun, by kind (direct, group) and media (audio, video).");
        _ended = meter.CreateCounter<long>("caas.calls.ended", "{call}", "Calls that are over, by outcome.");
        _duration = meter.CreateHistogram<double>("caas.calls.duration", "s", "How long answered calls took, from the answer on.");
        _signals = meter.CreateCounter<long>("caas.calls.signals", "{signal}", "What devices said to each other, by kind and route (direct, kept).");
        _issues = meter.CreateCounter<long>("caas.calls.quality_issues", "{issue}", "What reports of quality complained of, by issue.");
    }

    internal void Started(CallState call) => _started.Add(1, new("kind", call.Direct ? "direct" : "group"), new("media", call.Media.ToString().ToLowerInvariant()));

    internal void Ended(CallOutcome outcome, long seconds)
    {
        _ended.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString().ToLowerInvariant()));
        if (seconds > 0)
        {
            _duration.Record(seconds);
        }
    }

    internal void Signalled(SignalKind kind, bool kept) => _signals.Add(1, new("kind", kind.ToString().ToLowerInvariant()), new("route", kept ? "kept" : "direct"));

    internal void Issue(string issue) => _issues.Add(1, new KeyValuePair<string, object?>("issue", issue));

    internal void AskedForServers(string source) => _servers.Add(1, new KeyValuePair<string, object?>("source", source));
}
