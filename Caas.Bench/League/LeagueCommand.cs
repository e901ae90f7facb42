using System.CommandLine;
using Caas.Bench.Clusters;
using Caas.Bench.Commands;
using Caas.Bench.Load;
using Caas.Bench.Reports;
using Spectre.Console;

namespace Caas.Bench.League;

/// <summary>What the platform costs beside a bare SignalR hub that stores nothing: memory of an idle connection, deliveries per second and core. What is compared alternates, in one run.</summary>
internal static class LeagueCommand
{
    public static Command Create(IAnsiConsole console)
    {
        var defaults = new LeagueShape();
        var step = CommonOptions.Number("--idle-step", "Idle connections at the first measurement of memory, and how many more at each further one", defaults.IdleStep, least: 20, most: 10_000);
        var idle = CommonOptions.Number("--idle", "Idle connections at the last one", defaults.IdleMost, least: 40, most: 20_000);
        var settle = CommonOptions.Number("--settle", "Milliseconds that servers have to give collected memory back, before it is read", (int)defaults.Settle.TotalMilliseconds, least: 0, most: 60_000);
        var connections = CommonOptions.Number("--connections", "Clients under load, in rooms of 10 and of 100", defaults.Connections, least: 200, most: 10_000);
        var seconds = CommonOptions.Number("--seconds", "For how long each rate is held", (int)defaults.Duration.TotalSeconds, most: 600);
        var warmup = CommonOptions.Number("--warmup", "For how many seconds the first rate runs before anything counts", (int)defaults.FirstWarmup.TotalSeconds, least: 0, most: 600);
        var most = CommonOptions.Number("--most", "No more deliveries per second are tried", (int)defaults.Most, least: 100, most: 100_000_000);
        var seed = CommonOptions.Seed();
        var json = CommonOptions.Json();
        var command = new Command("league", "Memory of an idle connection and deliveries per second and core, beside a bare SignalR hub over the same Redis") { step, idle, settle, connections, seconds, warmup, most, seed, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var shape = new LeagueShape
            {
                IdleStep = parsed.GetValue(step),
                IdleMost = parsed.GetValue(idle),
                Settle = TimeSpan.FromMilliseconds(parsed.GetValue(settle)),
                Connections = parsed.GetValue(connections),
                Duration = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                FirstWarmup = TimeSpan.FromSeconds(parsed.GetValue(warmup)),
                First = Math.Min(defaults.First, parsed.GetValue(most)),
                Most = parsed.GetValue(most),
                Seed = parsed.GetValue(seed),
            }.Checked();
            var at = TimeProvider.System.GetLocalNow();
            var report = await console.WithProgressAsync(stage => RunAsync(shape, at, stage, cancellationToken));
            return await console.ShowAsync(report, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<Report> RunAsync(LeagueShape shape, DateTimeOffset at, Stage stage, CancellationToken cancellationToken)
    {
        stage.Begin("Starting the services", 1);
        await using var cluster = await ProcessCluster.StartAsync(new(), cancellationToken);
        Peer[] peers = [Peer.Caas(cluster), Peer.Bare(cluster)];
        await using var bare = new Stopping(peers[1].Servers);

        IReadOnlyList<IdleCost> idle;
        stage.Begin($"Making {shape.IdleMost:#,0} users", 1);
        using (var world = await World.MakeAsync(cluster, shape.Idle, cancellationToken))
        {
            idle = await MemoryRun.RunAsync(shape, peers, world, stage, cancellationToken);
        }

        await Task.WhenAll(peers.Select(peer => peer.RestartAsync(cancellationToken)));
        List<Held> held = [];
        foreach (var room in (int[])[LeagueShape.SmallRoom, LeagueShape.LargeRoom])
        {
            held.AddRange(await RateRun.RunAsync(shape, room, peers, cluster, stage, cancellationToken));
        }

        return LeagueReport.Of(shape, at, cluster.Description, idle, held);
    }

    /// <summary>Ends what the cluster knows nothing of.</summary>
    private sealed class Stopping(IEnumerable<ServiceProcess> processes) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Task.WhenAll(processes.Select(process => process.KillAsync()));
    }
}
