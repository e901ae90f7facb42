using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Caas.Bench.Broken;
using Caas.Bench.Clusters;
using Caas.Bench.Commands;
using Caas.Bench.Faults;
using Caas.Bench.Load;
using Caas.Bench.Reports;
using Spectre.Console;

namespace Caas.Bench.Crash;

/// <summary>Kills realtime replicas under load, and lets the checker say what became of the messages.</summary>
internal static class CrashCommand
{
    /// <summary>A client that lost an answer sends again; so often that a service that forgets client ids cannot hide.</summary>
    public const double Repeats = 0.05;

    /// <summary>So often messages of one sender follow so closely that their order can be lost.</summary>
    public const double Bursts = 0.05;

    /// <summary>So many messages are replies or polls, or are edited, deleted, reacted to, pinned, voted upon: one kind in eight each.</summary>
    public const double Changes = 0.4;

    /// <summary>A broken service lets clients wait for what never comes.</summary>
    private static readonly TimeSpan PatienceWithBroken = TimeSpan.FromSeconds(5);

    public static Command Create(IAnsiConsole console)
    {
        var options = new ShapeOptions(connections: 500, conversations: 50, rate: 200, duration: 60);
        var kills = CommonOptions.Number("--kills", "How often a replica is killed with SIGKILL and started again", 2, least: 0, most: 100);
        var wrong = new Option<string?>("--break") { Description = $"Run services that are broken on purpose, so that the checker must fail: {string.Join(", ", BreakKinds.Names)}", HelpName = "HOW" }.AcceptOnlyFromAmong([.. BreakKinds.Names]);
        var json = CommonOptions.Json();
        var command = new Command("crash", "Kills replicas under load; nothing may be lost, doubled, reordered, missing or leaked") { kills, wrong, json };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var shape = options.Read(parsed) with { Repeats = Repeats, Bursts = Bursts, Changes = Changes };
            var count = parsed.GetValue(kills);
            BreakKind? kind = parsed.GetValue(wrong) is { } name ? BreakKinds.Parse(name) : null;
            var at = TimeProvider.System.GetLocalNow();
            var outcome = await console.WithProgressAsync(stage => RunAsync(shape, count, kind, stage, cancellationToken));
            var settings = ShapeOptions.Describe(shape).Append(new("kills", count.ToString(CultureInfo.InvariantCulture)));
            var report = new Report
            {
                Command = kind is null ? "crash" : $"crash --break {BreakKinds.NameOf(kind.Value)}",
                At = at,
                Seed = shape.Seed,
                Settings = new Dictionary<string, string>(settings),
                Figures = outcome.Figures,
                Findings = outcome.Findings,
            };
            return await console.ShowAsync(report, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    /// <summary>The run itself.</summary>
    public static Task<Outcome> RunAsync(LoadShape shape, int kills, BreakKind? kind, Stage stage, CancellationToken cancellationToken)
    {
        var settings = new DrillSettings(kills == 0 ? "Sending" : "Sending, and killing replicas", shape)
        {
            Cluster = new(kind),
            Patience = kind is null ? Drill.Patience : PatienceWithBroken,
        };
        var made = new List<Kill>();
        return Drill.RunAsync(settings, stage, (scene, cancelled) => KillAsync(scene, kills, made, cancelled), (_, _, outcome) => outcome.With(made.SelectMany(kill => kill.Figures()), made.Select(kill => kill.Judge())), cancellationToken);
    }

    private static async Task KillAsync(Scene scene, int kills, List<Kill> made, CancellationToken cancellationToken)
    {
        for (var kill = 0; kill < kills; kill++)
        {
            await scene.UntilAsync((kill + 1.0) / (kills + 1), cancellationToken);
            var which = kill % ProcessCluster.ReplicaCount;
            var victim = scene.Cluster.ReplicaServices[which];
            var (from, sat) = (Stopwatch.GetTimestamp(), scene.Run.Fleet.CountOn(scene.Cluster.Replicas[which]));
            await victim.KillAsync();
            await victim.StartAsync(cancellationToken);
            await scene.Run.Fleet.AllConnectedAsync(Kill.BackWithin, cancellationToken);
            made.Add(new($"kill {kill + 1}, {victim.Name}", sat, Reconnects.Of(scene.Run.Fleet.Clients, from, Stopwatch.GetTimestamp())));
        }
    }
}
