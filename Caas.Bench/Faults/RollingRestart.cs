using Caas.Bench.Commands;
using Caas.Bench.Crash;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>SIGTERM to each replica in turn, as a deployment does.</summary>
internal sealed class RollingRestart : Fault
{
    /// <summary>Of those that a replica lets go, in any tenth of a second. They are spread over 1.5 s: about 7 % if evenly.</summary>
    private const double MostAtOnce = 0.3;

    /// <summary>Of fewer a share says nothing.</summary>
    private const int Few = 100;

    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(15);

    public override string Name => "rolling";

    public override string Description => "SIGTERM to each replica in turn: no send fails, clients move over spread out in time";

    public override ShapeOptions Options => new(connections: 500, conversations: 50, rate: 200, duration: 40);

    public override Task<Outcome> RunAsync(LoadShape shape, Stage stage, CancellationToken cancellationToken)
    {
        var moved = new List<(string Name, Reconnects Reconnects, TimeSpan Stop)>();
        return Drill.RunAsync(
            new("Sending, and restarting replicas in turn", shape with { Repeats = CrashCommand.Repeats, Bursts = CrashCommand.Bursts }),
            stage,
            async (scene, cancelled) =>
            {
                await scene.UntilAsync(0.2, cancelled);
                foreach (var replica in scene.Cluster.ReplicaServices)
                {
                    var from = Now;
                    var stop = await replica.TerminateAsync(cancelled);
                    await scene.Run.Fleet.AllConnectedAsync(BackWithin, cancelled);
                    moved.Add((replica.Name, Reconnects.Of(scene.Run.Fleet.Clients, from, Now), stop));
                    await replica.StartAsync(cancelled);
                }
            },
            (_, _, outcome) => outcome.With(
                moved.SelectMany(one => (Figure[])
                [
                    new($"{one.Name}: clients moved", one.Reconnects.Lost),
                    new($"{one.Name}: they left spread over", one.Reconnects.Leaving.Spread.TotalMilliseconds, "ms"),
                    new($"{one.Name}: … in the busiest tenth of a second", one.Reconnects.Leaving.Busiest * 100, "%"),
                    new($"{one.Name}: they were connected again spread over", one.Reconnects.Coming.Spread.TotalMilliseconds, "ms"),
                    new($"{one.Name}: … in the busiest tenth of a second", one.Reconnects.Coming.Busiest * 100, "%"),
                    new($"{one.Name}: from SIGTERM until the last was back", one.Reconnects.Longest.TotalMilliseconds, "ms"),
                    new($"{one.Name}: from SIGTERM until it ended", one.Stop.TotalMilliseconds, "ms"),
                ]),
                moved.SelectMany(one => Judge(one.Name, one.Reconnects))),
            cancellationToken);
    }

    private static IEnumerable<Finding> Judge(string name, Reconnects reconnects)
    {
        yield return new($"{name}: {reconnects.Back:#,0} of {reconnects.Lost:#,0} clients came back", reconnects.Lost > 0 && reconnects.Back == reconnects.Lost);
        if (reconnects.Lost >= Few)
        {
            yield return new($"{name}: in no tenth of a second more than {MostAtOnce * 100:0} % of them leave: {reconnects.Leaving.Busiest * 100:0} %", reconnects.Leaving.Busiest <= MostAtOnce);
        }
    }
}
