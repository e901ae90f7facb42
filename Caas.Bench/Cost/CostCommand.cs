using System.CommandLine;
using Caas.Bench.Clusters;
using Caas.Bench.Commands;
using Caas.Bench.League;
using Caas.Bench.Load;
using Caas.Bench.Reports;
using Spectre.Console;

namespace Caas.Bench.Cost;

/// <summary>What one message costs the standalone host at a rate that is held: processor time, everything in it. Unlike a highest rate, it hardly changes with what else the machine does.</summary>
internal static class CostCommand
{
    private static readonly TimeSpan BeforeEach = TimeSpan.FromSeconds(1);

    public static Command Create(IAnsiConsole console)
    {
        var room = CommonOptions.Number("--room", "Members of each conversation, who all watch", LeagueShape.SmallRoom, least: 2, most: 1_000);
        var connections = CommonOptions.Number("--connections", "Clients, in both of two tenants", 400, least: 4, most: 10_000);
        var rate = CommonOptions.Number("--rate", "Messages per second, over all conversations", 1_500, most: 1_000_000);
        var seconds = CommonOptions.Number("--seconds", "How long a round is", 5, most: 600);
        var rounds = CommonOptions.Number("--rounds", "How many rounds there are; the median counts", 5, most: 1_000);
        var warmup = CommonOptions.Number("--warmup", "For how many seconds it runs before anything counts", 20, least: 0, most: 600);
        var seed = CommonOptions.Seed();
        var json = CommonOptions.Json();
        var command = new Command("cost", "The processor time that a message costs the standalone host, at a fixed rate") { room, connections, rate, seconds, rounds, warmup, seed, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var plan = new Plan(parsed.GetValue(room), parsed.GetValue(connections), parsed.GetValue(rate), TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(rounds), TimeSpan.FromSeconds(parsed.GetValue(warmup)), seed.Read(parsed)).Checked();
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
        using var world = await World.MakeAsync(cluster, plan.Load, cancellationToken);
        await using var swarm = new Swarm();
        await swarm.AddAsync(peer.Seats(plan.Load, world), join: true, cancellationToken);

        stage.Begin("Warming up", 1);
        if (plan.Warmup > TimeSpan.Zero)
        {
            await swarm.RunAsync(plan.Burst(plan.Warmup, round: 0), cancellationToken);
        }

        List<Round> rounds = [];
        stage.Begin("Measuring", plan.Rounds);
        while (rounds.Count < plan.Rounds)
        {
            await swarm.RepairAsync(cancellationToken);
            var used = peer.ServerTime;
            var burst = await swarm.RunAsync(plan.Burst(plan.Round, rounds.Count + 1), cancellationToken);
            rounds.Add(new((peer.ServerTime - used).TotalMicroseconds / burst.Sent, burst));
            stage.Step();
        }

        var median = rounds.OrderBy(round => round.Microseconds).ElementAt(rounds.Count / 2);
        return new()
        {
            Command = "cost",
            At = at,
            Seed = plan.Seed,
            Settings = new Dictionary<string, string>
            {
                ["load"] = FormattableString.Invariant($"{plan.Rate:#,0} messages per second from {plan.Connections:#,0} clients in conversations of {plan.Room:#,0}"),
                ["rounds"] = FormattableString.Invariant($"{plan.Rounds} of {plan.Round.TotalSeconds} s each, after {plan.Warmup.TotalSeconds} s"),
                ["on"] = cluster.Description,
            },
            Figures =
            [
                new("a message, processor time", median.Microseconds, "µs"),
                new("the least of a round", rounds.Min(round => round.Microseconds), "µs"),
                new("the most of a round", rounds.Max(round => round.Microseconds), "µs"),
                new("a delivery, processor time", median.Microseconds / plan.Room, "µs"),
                new("delivery from the planned send time, p50", median.Burst.P50, "ms"),
                new("delivery from the planned send time, p99", median.Burst.P99, "ms"),
            ],
            Findings = [new($"every message reached everybody: {string.Join("; ", rounds.Select(round => round.Burst))}", rounds.TrueForAll(round => round.Burst.Complete))],
        };
    }

    private sealed record Plan(int Room, int Connections, int Rate, TimeSpan Round, int Rounds, TimeSpan Warmup, int Seed)
    {
        public LoadShape Load => new() { Connections = Connections, Conversations = Connections / Room, Seed = Seed };

        public BurstPlan Burst(TimeSpan duration, int round) => new(Rate, BeforeEach, duration, Room, Seed + round);

        /// <exception cref="BenchException">It cannot be.</exception>
        public Plan Checked() => Connections % (LoadShape.Tenants.Count * Room) == 0 ? this : throw new BenchException($"--connections fill rooms of {Room} in two tenants: take a multiple of {LoadShape.Tenants.Count * Room}.");
    }

    private sealed record Round(double Microseconds, BurstResult Burst);
}
