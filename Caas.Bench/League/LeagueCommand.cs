using System.CommandLine;
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
        var on = new Option<Platform>("--on") { Description = "How the platform runs: as its standalone host, or as processes on one SQLite file", DefaultValueFactory = _ => Platform.Standalone };
        var step = CommonOptions.Number("--idle-step", "Idle connections at the first measurement of memory, and how many more at each further one", defaults.IdleStep, least: 20, most: 10_000);
        var idle = CommonOptions.Number("--idle", "Idle connections at the last one", defaults.IdleMost, least: 40, most: 20_000);
        var settle = CommonOptions.Number("--settle", "Milliseconds that servers have to give collected memory back, before it is read", (int)defaults.Settle.TotalMilliseconds, least: 0, most: 60_000);
        var connections = CommonOptions.Number("--connections", "Clients under load, in rooms of 10 and of 100", defaults.Connections, least: 200, most: 10_000);
        var seconds = CommonOptions.Number("--seconds", "For how long each rate is held", (int)defaults.Duration.TotalSeconds, most: 600);
        var warmup = CommonOptions.Number("--warmup", "For how many seconds the first rate runs before anything counts", (int)defaults.FirstWarmup.TotalSeconds, least: 0, most: 600);
        var most = CommonOptions.Number("--most", "No more deliveries per second are tried", (int)defaults.Most, least: 100, most: 100_000_000);
        var seed = CommonOptions.Seed();
        var json = CommonOptions.Json();
        var command = new Command("league", "Memory of an idle connection and deliveries per second and core, beside a bare SignalR hub over the same Redis") { on, step, idle, settle, connections, seconds, warmup, most, seed, json };
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
                Seed = seed.Read(parsed),
            }.Checked();
            var at = TimeProvider.System.GetLocalNow();
            var report = await console.WithProgressAsync(stage => RunAsync(parsed.GetValue(on), shape, at, stage, cancellationToken));
            return await console.ShowAsync(report, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<Report> RunAsync(Platform platform, LeagueShape shape, DateTimeOffset at, Stage stage, CancellationToken cancellationToken)
    {
        stage.Begin("Starting the services", 1);
        await using var arena = await Arena.StartAsync(platform, cancellationToken);

        IReadOnlyList<IdleCost> idle;
        stage.Begin($"Making {shape.IdleMost:#,0} users", 1);
        using (var world = await World.MakeAsync(arena.Cluster, shape.Idle, cancellationToken))
        {
            idle = await MemoryRun.RunAsync(shape, arena.Peers, world, stage, cancellationToken);
        }

        await Task.WhenAll(arena.Peers.Select(peer => peer.RestartAsync(cancellationToken)));
        List<Held> held = [];
        foreach (var room in (int[])[LeagueShape.SmallRoom, LeagueShape.LargeRoom])
        {
            held.AddRange(await RateRun.RunAsync(shape, room, arena, stage, cancellationToken));
        }

        return LeagueReport.Of(shape, at, arena.Description, idle, held);
    }
}
