using System.Diagnostics;
using System.Diagnostics.Metrics;
using Caas.Core.Tokens;

namespace Caas.Core.Callers;

/// <summary>What identity counts, meter <c>Caas.Identity</c>. Tags: <c>kind</c> (admin, key, token) and <c>code</c> (<c>ok</c> or the refusal's).</summary>
public sealed class IdentityMetrics
{
    private readonly Counter<long> _authentications;

    public IdentityMetrics(IMeterFactory meters, RevocationList revocations)
    {
        var meter = meters.Create("Caas.Identity");
        _authentications = meter.CreateCounter<long>("caas.identity.authentications", "{authentication}", "Credentials judged, by kind and outcome.");
        meter.CreateObservableGauge("caas.identity.revocations.known", () => revocations.Count, "{revocation}", "Revocations that still matter.");
        meter.CreateObservableGauge("caas.identity.revocations.age", () => revocations.Age?.TotalSeconds ?? -1, "s", "Time since revocations were last read; -1: never.");
    }

    internal void Judged(string kind, string code) => _authentications.Add(1, new TagList { { "kind", kind }, { "code", code } });
}
