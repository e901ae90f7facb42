using System.Net;
using System.Net.Sockets;
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
            var free = Free(2 + options.Replicas);
            return new(free[0], free[1], free[2..]);
        }

        var ports = Enumerable.Range(options.Port, 2 + options.Replicas).ToArray();
        foreach (var port in ports)
        {
            HostRun.RequireFreePort(IPAddress.Any, port);
        }

        return new(ports[0], ports[1], ports[2..]);
    }

    private static int[] Free(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        try
        {
            return [.. listeners.Select(listener =>
            {
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            })];
        }
        finally
        {
            foreach (var listener in listeners)
            {
                listener.Dispose();
            }
        }
    }
}
