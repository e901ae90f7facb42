using System.CommandLine;
using System.Globalization;
using Caas.Bench.Clusters;
using Caas.Bench.Commands;
using Caas.Bench.League;
using Caas.Bench.Load;
using Caas.Bench.Reports;
using Spectre.Console;

namespace Caas.Bench.FanOut;

/// <summary>What one delivery costs the server in a conversation of few and of many who watch: processor time, everything in it, at the same number of deliveries per second, in turn.</summary>
internal static class FanOutCommand
{
    private const double MostRatio = 1.2;

    private static readonly TimeSpan BeforeEach = TimeSpan.FromSeconds(1);

    public static Command Create(IAnsiConsole console)
    {
        var small = CommonOptions.Number("--small", "Members who watch the smaller conversation", 100, least: 2, most: 10_000);
        var large = CommonOptions.Number("--large", "Members who watch the larger one", 1_000, least: 2, most: 10_000);
        var rate = CommonOptions.Number("--rate", "Deliveries per second in each", 10_000, least: 100, most: 10_000_000);
        var seconds = CommonOptions.Number("--seconds", "How long a round is", 5, most: 600);
        var rounds = CommonOptions.Number("--rounds", "How many rounds of each are compared, by their medians", 5, most: 1_000);
        var warmup = CommonOptions.Number("--warmup", "For how many seconds each runs before anything counts", 10, least: 0, most: 600);
        var seed = CommonOptions.Seed();
        var json = CommonOptions.Json();
        var command = new Command("fanout", "What a delivery costs in a conversation of 1,000 who watch, beside one of 100") { small, large, rate, seconds, rounds, warmup, seed, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var plan = new Plan(parsed.GetValue(small), parsed.GetValue(large), parsed.GetValue(rate), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(warmup)), seed.Read(parsed));
            var at = TimeProvider.System.GetLocalNow();
            var report = await console.WithProgressAsync(stage => RunAsync(plan, at, stage, cancellationToken));
            return await console.ShowAsync(report, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<Report> RunAsync(Plan plan, DateTimeOffset at, Stage stage, CancellationToken cancellationToken)
    {
        stage.Begin("Starting the standalone host", 1);
        await using var cluster = await StandaloneCluster.StartAsync(cancellationToken);
        var peer = Peer.Caas(cluster, [cluster.Process], []);
        await using var small = await Crowd.GatherAsync(plan.Small, peer, cluster, stage, cancellationToken);
        await using var large = await Crowd.GatherAsync(plan.Large, peer, cluster, stage, cancellationToken);
        Crowd[] crowds = [small, large];

        stage.Begin("Warming up", crowds.Length);
        foreach (var crowd in crowds.Where(_ => plan.Warmup > TimeSpan.Zero))
        {
            await crowd.RunAsync(plan, plan.Warmup, plan.Seed, counts: false, cancellationToken);
            stage.Step();
        }

        stage.Begin("Measuring", plan.Rounds * crowds.Length);
        for (var round = 1; round <= plan.Rounds; round++)
        {
            foreach (var crowd in crowds)
            {
                await crowd.RunAsync(plan, plan.Round, plan.Seed + round, counts: true, cancellationToken);
                stage.Step();
            }
        }

        var ratio = large.Cost / small.Cost;
        return new()
        {
            Command = "fanout",
            At = at,
            Seed = plan.Seed,
            Settings = new Dictionary<string, string>
            {
                ["conversations"] = FormattableString.Invariant($"of {plan.Small:#,0} and of {plan.Large:#,0} who watch, each in both of two tenants"),
                ["deliveries"] = FormattableString.Invariant($"{plan.Rate:#,0} per second in each, in turn"),
                ["rounds"] = FormattableString.Invariant($"{plan.Rounds} of {plan.Round.TotalSeconds} s each"),
                ["on"] = cluster.Description,
            },
            Figures = [.. crowds.SelectMany(crowd => crowd.Figures), new("one delivery, large to small", ratio, "times")],
            Findings =
            [
                new(FormattableString.Invariant($"a delivery to {plan.Large:#,0} costs {ratio:0.00} times one to {plan.Small:#,0} (at most {MostRatio})"), ratio <= MostRatio),
                new($"every message reached everybody: {string.Join("; ", crowds.Select(crowd => crowd.Complete))}", crowds.All(crowd => crowd.IsComplete)),
            ],
        };
    }

    private sealed record Plan(int Small, int Large, int Rate, TimeSpan Round, int Rounds, TimeSpan Warmup, int Seed);

    /// <summary>One conversation's members, in both tenants, all connected.</summary>
    private sealed class Crowd(int size, Peer peer, World world) : IAsyncDisposable
    {
        private readonly Swarm _swarm = new();
        private readonly List<(double Microseconds, BurstResult Burst)> _rounds = [];

        /// <summary>The median of the rounds: processor microseconds of a delivery.</summary>
        public double Cost => Median(round => round.Microseconds);

        public bool IsComplete => _rounds.TrueForAll(round => round.Burst.Complete);

        public string Complete => _rounds.Find(round => !round.Burst.Complete) is { Burst: { } burst } ? burst.ToString() : FormattableString.Invariant($"{_rounds.Sum(round => round.Burst.Delivered):#,0} deliveries");

        public IEnumerable<Figure> Figures =>
        [
            new(Name("one delivery"), Cost, "µs of a processor"),
            new(Name("one delivery, least"), _rounds.Min(round => round.Microseconds), "µs of a processor"),
            new(Name("one delivery, most"), _rounds.Max(round => round.Microseconds), "µs of a processor"),
            new(Name("p50 of delivery"), Median(round => round.Burst.P50), "ms"),
            new(Name("p99 of delivery"), Median(round => round.Burst.P99), "ms"),
        ];

        public static async Task<Crowd> GatherAsync(int size, Peer peer, StandaloneCluster cluster, Stage stage, CancellationToken cancellationToken)
        {
            var shape = new LoadShape { Connections = size * LoadShape.Tenants.Count, Conversations = LoadShape.Tenants.Count };
            stage.Begin(FormattableString.Invariant($"Gathering {size:#,0}"), 1);
            var crowd = new Crowd(size, peer, await World.MakeAsync(cluster, shape, cancellationToken));
            try
            {
                await crowd._swarm.AddAsync(peer.Seats(shape, crowd.World), join: true, cancellationToken);
                stage.Step();
                return crowd;
            }
            catch
            {
                await crowd.DisposeAsync();
                throw;
            }
        }

        public async Task RunAsync(Plan plan, TimeSpan duration, int seed, bool counts, CancellationToken cancellationToken)
        {
            await _swarm.RepairAsync(cancellationToken);
            var used = peer.ServerTime;
            var burst = await _swarm.RunAsync(new((double)plan.Rate / size, counts ? BeforeEach : TimeSpan.Zero, duration, size, seed), cancellationToken);
            if (counts)
            {
                _rounds.Add(((peer.ServerTime - used).TotalMicroseconds / burst.Delivered, burst));
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _swarm.DisposeAsync();
            World.Dispose();
        }

        private World World => world;

        private string Name(string figure) => string.Create(CultureInfo.InvariantCulture, $"{size:#,0} who watch, {figure}");

        private double Median(Func<(double Microseconds, BurstResult Burst), double> value)
        {
            var sorted = _rounds.Select(value).Order().ToArray();
            return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
        }
    }
}
