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

    /// <summary>How many requests are made at once, just before.</summary>
    private const int Volley = 200;

    private static readonly TimeSpan MidRequest = TimeSpan.FromMilliseconds(15);

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
                    var before = scene.Run.World.CallsWithoutAnswer;
                    var clients = scene.Run.Fleet.Clients;
                    var volley = Enumerable.Range(0, Volley).Select(i => scene.Run.SendMoreAsync(clients[i % clients.Count], string.Create(CultureInfo.InvariantCulture, $"volley-{kill}-{i}"), cancelled)).ToArray();
                    await Task.Delay(MidRequest, cancelled);
                    await scene.Cluster.GatewayService.KillAsync();
                    broken.Add(scene.Run.World.CallsWithoutAnswer - before);
                    await scene.Cluster.GatewayService.StartAsync(cancelled);
                    await Task.WhenAll(volley);
                }
            },
            (scene, _, outcome) => outcome.With(
                [
                    new("calls without an answer, made again", scene.Run.World.CallsWithoutAnswer),
                    .. broken.Select((count, i) => new Figure($"… broken by kill {i + 1}", count)),
                ],
                [new($"Requests were in flight when it was killed; so many broke: {string.Join(", ", broken)}", broken.Sum() > 0)]),
            cancellationToken);
    }
}
