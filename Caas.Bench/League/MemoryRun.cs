using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.League;

/// <summary>What an idle connection costs a server.</summary>
/// <param name="Bytes">More private memory for each connection.</param>
/// <param name="Fit">How straight the line is, R².</param>
/// <param name="Base">Private memory of the servers with the first thousand, in bytes.</param>
internal sealed record IdleCost(Peer Peer, bool Joined, double Bytes, double Fit, double Base);

/// <summary>Memory of idle connections: of those that merely connected, and of those that also joined a conversation, each on servers that were started for it.</summary>
internal static class MemoryRun
{
    public static async Task<IReadOnlyList<IdleCost>> RunAsync(LeagueShape shape, IReadOnlyList<Peer> peers, World world, Stage stage, CancellationToken cancellationToken)
    {
        var costs = new List<IdleCost>();
        foreach (var joined in (bool[])[false, true])
        {
            foreach (var peer in peers)
            {
                stage.Begin($"Memory of {shape.IdleMost:#,0} connections, {(joined ? "joined" : "merely connected")}: {peer.Name}", shape.IdleMost);
                costs.Add(await MeasureAsync(shape, peer, world, joined, stage, cancellationToken));
            }
        }

        return costs;
    }

    private static async Task<IdleCost> MeasureAsync(LeagueShape shape, Peer peer, World world, bool joined, Stage stage, CancellationToken cancellationToken)
    {
        await peer.RestartAsync(cancellationToken);
        await using var swarm = new Swarm();
        var points = new List<(double Connections, double Bytes)>();
        foreach (var more in peer.Seats(shape.Idle, world).Chunk(shape.IdleStep))
        {
            await swarm.AddAsync(more, joined, cancellationToken);
            var bytes = await ServerMemory.SettledAsync([.. peer.Servers.Select(server => server.Id)], shape.Settle, cancellationToken);
            points.Add((swarm.Count, bytes));
            stage.At(swarm.Count);
        }

        if (points[^1].Connections != shape.IdleMost)
        {
            throw new BenchException($"{peer.Name} lost {shape.IdleMost - points[^1].Connections} of {shape.IdleMost} idle connections.");
        }

        var line = Line.Through(points);
        return new(peer, joined, line.Slope, line.Fit, points[0].Bytes);
    }
}
