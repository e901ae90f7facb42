using Caas.Bench.Clusters;
using Caas.Standalone;

namespace Caas.Bench.League;

/// <summary>How the platform runs in the league.</summary>
internal enum Platform
{
    /// <summary>One process: gateway, two replicas, the one writer of the SQLite file, Garnet.</summary>
    Standalone,

    /// <summary>A gateway and two replicas as processes, over one SQLite file and one redis-server.</summary>
    Processes,
}

/// <summary>Everything that runs for a league: the platform, the bare hubs, a Redis.</summary>
internal sealed class Arena : IAsyncDisposable
{
    private const int Replicas = 2;

    private readonly Scratch _scratch;
    private readonly ServiceProcess? _ownRedis;

    private Arena(ICluster cluster, Peer caas, Peer bare, ServiceProcess redis, ServiceProcess? ownRedis, Scratch scratch) =>
        (Cluster, Peers, Redis, _ownRedis, _scratch) = (cluster, [caas, bare], redis, ownRedis, scratch);

    public ICluster Cluster { get; }

    /// <summary>The platform, then the bare hub.</summary>
    public IReadOnlyList<Peer> Peers { get; }

    /// <summary>What the bare hub uses, and the platform where it runs as processes.</summary>
    public ServiceProcess Redis { get; }

    public string Description => $"{Cluster.Description}; {Replicas} bare hubs, {RedisServer.Description}";

    public static async Task<Arena> StartAsync(Platform platform, CancellationToken cancellationToken)
    {
        if (platform == Platform.Processes)
        {
            var processes = await ProcessCluster.StartAsync(new(), cancellationToken);
            return new(processes, Peer.Caas(processes, processes.ReplicaServices, [processes.GatewayService]), Peer.Bare(Replicas, processes.RedisAddress), processes.Redis, ownRedis: null, new());
        }

        var (scratch, port) = (new Scratch(), FreePorts.Take());
        var redis = RedisServer.On(port, scratch);
        await redis.StartAsync(cancellationToken);
        try
        {
            var standalone = await StandaloneCluster.StartAsync(cancellationToken);
            return new(standalone, Peer.Caas(standalone, [standalone.Process], []), Peer.Bare(Replicas, RedisServer.AddressOf(port)), redis, redis, scratch);
        }
        catch
        {
            await redis.KillAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Peers[1].Servers.Select(process => process.KillAsync()));
        await Cluster.DisposeAsync();
        if (_ownRedis is not null)
        {
            await _ownRedis.KillAsync();
        }

        _scratch.Dispose();
    }
}
