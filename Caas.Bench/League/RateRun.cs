using Caas.Bench.Clusters;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.League;

/// <summary>The highest rate that a peer held, and what it cost.</summary>
/// <param name="Rate">Deliveries per second, as planned.</param>
/// <param name="Burst">What was measured at it.</param>
/// <param name="Servers">Processor time of the servers, of what else the peer needs, and of Redis.</param>
internal sealed record Held(Peer Peer, int Room, double Rate, BurstResult Burst, TimeSpan Servers, TimeSpan Further, TimeSpan Redis)
{
    /// <summary>What became of the lowest rate that did not hold; null: the highest that was asked for held.</summary>
    public string? NotHeld { get; init; }

    public double DeliveriesPerCore => Burst.Delivered / Servers.TotalSeconds;

    public double DeliveriesPerCoreOfAll => Burst.Delivered / (Servers + Further).TotalSeconds;

    public double Cores(TimeSpan used) => used / Burst.Took;
}

/// <summary>Finds the highest rate at which deliveries are quick, of all peers in turn, a step of each at a time.</summary>
internal static class RateRun
{
    private const int Tries = 2;

    public static async Task<IReadOnlyList<Held>> RunAsync(LeagueShape shape, int room, Arena arena, Stage stage, CancellationToken cancellationToken)
    {
        stage.Begin($"Rooms of {room}: connecting", arena.Peers.Count);
        var load = shape.Busy(room);
        using var world = await World.MakeAsync(arena.Cluster, load, cancellationToken);
        var runs = new List<PeerRun>();
        try
        {
            foreach (var peer in arena.Peers)
            {
                var run = new PeerRun(shape, room, peer, arena.Redis);
                runs.Add(run);
                await run.Swarm.AddAsync(peer.Seats(load, world), join: true, cancellationToken);
                await run.WarmUpAsync(cancellationToken);
                stage.Step();
            }

            while (runs.Exists(run => !run.Search.Done))
            {
                foreach (var run in runs.Where(run => !run.Search.Done))
                {
                    stage.Begin($"Rooms of {room}: {run.Search.Next:#,0} deliveries/s, {run.Peer.Name}", 1);
                    await run.StepAsync(cancellationToken);
                }
            }

            return [.. runs.Select(run => run.Best is { } best ? best with { NotHeld = run.NotHeld } : throw new BenchException($"{run.Peer.Name} held no rate in rooms of {room}; the last try: {run.Last}."))];
        }
        finally
        {
            await Task.WhenAll(runs.Select(run => run.Swarm.DisposeAsync().AsTask()));
        }
    }

    private sealed class PeerRun(LeagueShape shape, int room, Peer peer, ServiceProcess redis)
    {
        private int _seed = shape.Seed;

        public Peer Peer => peer;

        public Swarm Swarm { get; } = new();

        public RateSearch Search { get; } = new(shape.First, shape.Within, shape.Most);

        public Held? Best { get; private set; }

        public string? NotHeld { get; private set; }

        public BurstResult? Last { get; private set; }

        public Task<BurstResult> WarmUpAsync(CancellationToken cancellationToken) => Swarm.RunAsync(Plan(shape.First, shape.FirstWarmup), cancellationToken);

        /// <summary>Tries the next rate. A moment in which the machine did something else shall not decide: what fails is tried once more.</summary>
        public async Task StepAsync(CancellationToken cancellationToken)
        {
            Held? held = null;
            for (var time = 0; time < Tries && held is null; time++)
            {
                held = await TryAsync(Search.Next, cancellationToken);
            }

            Best = held ?? Best;
            NotHeld = held is null ? FormattableString.Invariant($"{Search.Next:#,0} deliveries/s did not hold: {Last}") : NotHeld;
            Search.Tried(held is not null);
        }

        private async Task<Held?> TryAsync(double rate, CancellationToken cancellationToken)
        {
            await Swarm.RepairAsync(cancellationToken);
            var (servers, further, store) = (peer.ServerTime, peer.FurtherTime, redis.ProcessorTime);
            var burst = Last = await Swarm.RunAsync(Plan(rate, shape.Duration), cancellationToken);
            return burst.Complete && burst.P99 < LeagueShape.MostP99.TotalMilliseconds
                ? new(peer, room, rate, burst, peer.ServerTime - servers, peer.FurtherTime - further, redis.ProcessorTime - store)
                : null;
        }

        private BurstPlan Plan(double rate, TimeSpan duration) => new(rate / room, shape.Warmup, duration, room, _seed++);
    }
}
