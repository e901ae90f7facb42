using System.Globalization;
using Caas.Bench.Clusters;
using Caas.Bench.Load;
using Caas.Standalone;

namespace Caas.Bench.League;

/// <summary>One of those who are compared.</summary>
/// <param name="Hubs">The addresses of its servers, which the clients are spread over.</param>
/// <param name="Servers">The processes that hold the connections.</param>
/// <param name="Further">What it needs besides them, without Redis.</param>
/// <param name="Seat">Where a client goes.</param>
internal sealed record Peer(string Name, IReadOnlyList<Uri> Hubs, IReadOnlyList<ServiceProcess> Servers, IReadOnlyList<ServiceProcess> Further, Func<Seat, World, LightSeat> Seat)
{
    /// <summary>The platform, without limits: what is sent is stored before it is answered.</summary>
    public static Peer Caas(ICluster cluster, IReadOnlyList<ServiceProcess> servers, IReadOnlyList<ServiceProcess> further) =>
        new("CaaS", cluster.Replicas, servers, further, (seat, world) => new(cluster.Replicas[seat.Replica], world.TokenOf(seat), seat.Conversation));

    /// <summary>So many bare hubs, with the same settings of Kestrel and of the collector.</summary>
    public static Peer Bare(int count, string redis)
    {
        int[] ports = [.. Enumerable.Range(0, count).Select(_ => FreePorts.Take())];
        Uri[] hubs = [.. ports.Select(port => new Uri(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}")))];
        var environment = new Dictionary<string, string>
        {
            // What the services get from their projects' SDK.
            ["DOTNET_gcServer"] = "1",
            ["DOTNET_ENVIRONMENT"] = "Bench",
            ["Logging__LogLevel__Default"] = "Warning",
        };
        return new(
            "bare SignalR",
            hubs,
            [.. hubs.Select((hub, i) => new ServiceProcess(
                $"bare hub {i + 1}",
                ServiceProcess.Program("Caas.Bench", BareHubCommand.Name, "--port", ports[i].ToString(CultureInfo.InvariantCulture), "--redis", redis),
                environment,
                cancellationToken => Probe.IsHealthyAsync(hub, cancellationToken)))],
            [],
            (seat, _) => new(hubs[seat.Replica], Token: null, $"{seat.Tenant}/{seat.Conversation}"));
    }

    /// <summary>Starts its servers anew: with nothing of what was before.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(Servers.Select(server => server.KillAsync()));
        foreach (var server in Servers)
        {
            server.Launch();
        }

        await Task.WhenAll(Servers.Select(server => server.ReadyAsync(cancellationToken)));
    }

    /// <summary>The clients of a shape, conversation by conversation: the first thousand fill a share of the conversations.</summary>
    public IEnumerable<LightSeat> Seats(LoadShape shape, World world) =>
        Enumerable.Range(0, shape.Connections)
            .Select(client => Load.Seat.Of(shape, client, Hubs.Count))
            .OrderBy(seat => seat.Conversation, StringComparer.Ordinal)
            .ThenBy(seat => seat.Tenant, StringComparer.Ordinal)
            .Select(seat => Seat(seat, world));

    public TimeSpan ServerTime => Servers.Aggregate(TimeSpan.Zero, (sum, server) => sum + server.ProcessorTime);

    public TimeSpan FurtherTime => Further.Aggregate(TimeSpan.Zero, (sum, server) => sum + server.ProcessorTime);
}
