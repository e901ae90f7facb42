using System.Diagnostics.Metrics;

namespace Caas.Gateway;

/// <summary>What the gateway counts besides the HTTP metrics of ASP.NET Core.</summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "Caas.Gateway";

    private readonly Counter<long> _refusals;
    private readonly Counter<long> _replays;
    private readonly Counter<long> _negotiations;

    public GatewayMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _refusals = meter.CreateCounter<long>("caas.gateway.refusals", "{refusal}", "Requests that were refused, by code.");
        _replays = meter.CreateCounter<long>("caas.gateway.idempotent_replays", "{replay}", "Requests that got the stored answer of their Idempotency-Key.");
        _negotiations = meter.CreateCounter<long>("caas.gateway.negotiations", "{negotiation}", "Realtime negotiations: redirected, or unavailable when no replica lives.");
    }

    public void Refused(string code) => _refusals.Add(1, new KeyValuePair<string, object?>("code", code));

    public void Replayed() => _replays.Add(1);

    public void Negotiated(bool redirected) => _negotiations.Add(1, new KeyValuePair<string, object?>("outcome", redirected ? "redirected" : "unavailable"));
}
