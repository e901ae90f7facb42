using Caas.Bench.Commands;
using Caas.Bench.Crash;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>Every process dies at once and is started again. What was written stays in the system's cache: that is not what a power failure does.</summary>
internal sealed class StackKill : Fault
{
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(60);

    public override string Name => "stack";

    public override string Description => "Gateway, replicas and Redis are killed with SIGKILL at once and started again: nothing acknowledged is lost";

    public override ShapeOptions Options => new(connections: 500, conversations: 50, rate: 200, duration: 45);

    public override Task<Outcome> RunAsync(LoadShape shape, Stage stage, CancellationToken cancellationToken)
    {
        var (killed, started, back) = (0L, 0L, 0L);
        Reconnects? reconnects = null;
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
                reconnects = Reconnects.Of(scene.Run.Fleet.Clients, killed, Now);
            },
            (_, _, outcome) => outcome.With(
                [
                    new("from the kill until every service was healthy", Seconds(started - killed), "s"),
                    .. back == 0 ? Array.Empty<Figure>() : [new("from then until every client was connected", Seconds(back - started), "s")],
                ],
                [Judge(shape.Connections, reconnects!, back == 0 ? null : TimeSpan.FromSeconds(Seconds(back - started)))]),
            cancellationToken);
    }

    /// <param name="back">How long after the services the last client was connected; null: not all were.</param>
    internal static Finding Judge(int connections, Reconnects reconnects, TimeSpan? back) => new(
        $"Every client is cut off, and connected again within {BackWithin.TotalSeconds} s of the services: {reconnects.Lost:#,0} and {reconnects.Back:#,0} of {connections:#,0}",
        back <= BackWithin && reconnects.Lost == connections && reconnects.Back == connections);
}
