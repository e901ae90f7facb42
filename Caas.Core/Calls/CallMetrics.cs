using System.Diagnostics.Metrics;

namespace Caas.Core.Calls;

/// <summary>What calls count, meter <c>Caas.Calls</c>.</summary>
public sealed class CallMetrics
{
    private readonly Counter<long> _servers;

    public CallMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Calls");
        _servers = meter.CreateCounter<long>("caas.calls.ice_servers", "{request}", "Requests for STUN and TURN servers, by whose they are (tenant, platform, none).");
    }

    internal void AskedForServers(string source) => _servers.Add(1, new KeyValuePair<string, object?>("source", source));
}
