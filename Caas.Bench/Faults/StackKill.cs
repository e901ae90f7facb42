using Caas.Bench.Commands;
using Caas.Bench.Crash;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>Everything dies at once, as when the power goes, and is started again.</summary>
internal sealed class StackKill : Fault
{
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(60);

    public override string Name => "stack";

    public override string Description => "Gateway, replicas and Redis are killed with SIGKILL at once and started again: nothing acknowledged is lost";

    public override ShapeOptions Options => new(connections: 500, conversations: 50, rate: 200, duration: 45);

    public override Task<Outcome> RunAsync(LoadShape shape, Stage stage, CancellationToken cancellationToken)
    {
        var (killed, started, back) = (0L, 0L, 0L);
        return Drill.RunAsync(
            new("Sending, and killing everything", shape with { Repeats = CrashCommand.Repeats, Bursts = CrashCommand.Bursts }),
            stage,
            async (scene, cancelled) =>
            {
                await scene.UntilAsync(0.4, cancelled);
                killed = Now;
                await Task.WhenAll(scene.Cluster.All.Select(process => process.KillAsync()));
                await scene.Cluster.StartAllAsync(cancelled);
                started = Now;
                back = await scene.Run.Fleet.AllConnectedAsync(BackWithin, cancelled) ? Now : 0;
            },
            (_, _, outcome) => outcome.With(
                [
                    new("from the kill until every service was healthy", Seconds(started - killed), "s"),
                    .. back == 0 ? Array.Empty<Figure>() : [new("from then until every client was connected", Seconds(back - started), "s")],
                ],
                [new($"Every client is connected again within {BackWithin.TotalSeconds} s of the services", back != 0)]),
            cancellationToken);
    }
}
