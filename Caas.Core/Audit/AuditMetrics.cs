using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Caas.Core.Audit;

/// <summary>What becomes of refused calls, meter <c>Caas.Audit</c>. Tags: <c>action</c> (<c>auth.failed</c>, <c>access.refused</c>) and <c>fate</c>.</summary>
public sealed class AuditMetrics
{
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _unrecorded;
    private readonly Counter<long> _unknown;

    public AuditMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Audit");
        _refusals = meter.CreateCounter<long>("caas.audit.refusals", "{call}", "Refused calls, by what became of them: recorded, counted (with others), dropped.");
        _unrecorded = meter.CreateCounter<long>("caas.audit.refusals.unrecorded", "{call}", "Refused calls that were to be recorded and were not, by reason: no_tenant, failed, stopped.");
        _unknown = meter.CreateCounter<long>("caas.audit.unknown", "{call}", "Administrative calls of which it is not known what came of them.");
    }

    internal void Unknown() => _unknown.Add(1);

    internal void Refused(string action, RefusalFate fate) =>
        _refusals.Add(1, new TagList { { "action", action }, { "fate", fate switch { RefusalFate.Recorded => "recorded", RefusalFate.Counted => "counted", _ => "dropped" } } });

    internal void Unrecorded(int count, string reason) => _unrecorded.Add(count, new KeyValuePair<string, object?>("reason", reason));
}
