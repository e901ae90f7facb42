using System.Globalization;
using Caas.Bench.Commands;
using Caas.Bench.Crash;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>The gateway is killed while it works on requests.</summary>
internal sealed class GatewayKill : Fault
{
    private const int Kills = 3;

    public override string Name => "gateway";

    public override string Description => "The gateway is killed in the middle of requests, three times: sends over REST, tried again, are stored once";

    public override ShapeOptions Options => new(connections: 500, conversations: 50, rate: 200, duration: 40);

    public override Task<Outcome> RunAsync(LoadShape shape, Stage stage, CancellationToken cancellationToken)
    {
        var broken = new List<long>();
        return Drill.RunAsync(
            new("Sending over REST, and killing the gateway", shape with { Repeats = CrashCommand.Repeats }) { Load = new() { OverRest = true } },
            stage,
            async (scene, cancelled) =>
            {
                for (var kill = 0; kill < Kills; kill++)
                {
                    await scene.UntilAsync((kill + 1.0) / (Kills + 1), cancelled);
                    var before = scene.Run.World.CallsBrokenOff;
                    var volley = Volley.FireAsync(scene.Run, string.Create(CultureInfo.InvariantCulture, $"volley-{kill}"), cancelled);
                    await Task.Delay(Volley.MidRequest, cancelled);
                    await scene.Cluster.GatewayService.KillAsync();
                    await scene.Cluster.GatewayService.StartAsync(cancelled);
                    broken.Add(scene.Run.World.CallsBrokenOff - before);
                    await volley;
                }
            },
            (scene, _, outcome) => outcome.With(
                [
                    new("calls without an answer, made again", scene.Run.World.CallsWithoutAnswer),
                    .. broken.Select((count, i) => new Figure($"… broken off by kill {i + 1}", count)),
                ],
                [Judge(broken)]),
            cancellationToken);
    }

    /// <param name="broken">How many calls each kill broke off that were under way.</param>
    internal static Finding Judge(IReadOnlyList<long> broken) =>
        new($"Each of {Kills} kills breaks off requests that are under way: {string.Join(", ", broken)}", broken.Count == Kills && broken.All(count => count > 0));
}
