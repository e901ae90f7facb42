using System.Net;
using Caas.ServiceDefaults;

namespace Caas.Standalone;

/// <summary>Who listens where.</summary>
public sealed record StandalonePorts(int Gateway, int Metrics, IReadOnlyList<int> Replicas)
{
    /// <exception cref="SetupException">One of the ports is in use.</exception>
    internal static StandalonePorts For(StandaloneOptions options)
    {
        if (options.Port == 0)
        {
            return new(FreePorts.Take(), FreePorts.Take(), [.. Enumerable.Range(0, options.Replicas).Select(_ => FreePorts.Take())]);
        }

        var ports = Enumerable.Range(options.Port, 2 + options.Replicas).ToArray();
        foreach (var port in ports)
        {
            HostRun.RequireFreePort(IPAddress.Any, port);
        }

        return new(ports[0], ports[1], ports[2..]);
    }
}
