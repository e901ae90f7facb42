using Caas.Bench.Checking;
using Caas.Bench.Commands;
using Caas.Bench.Crash;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>SIGTERM to each replica in turn and then to the gateway, as a deployment does.</summary>
internal sealed class RollingRestart : Fault
{
    /// <summary>Of those that a replica lets go, in any tenth of a second. They are spread over 1.5 s: about 7 % if evenly.</summary>
    internal const double MostAtOnce = 0.3;

    /// <summary>Of those that come back, in any tenth of a second: a replica that has just started may let some wait, but not everybody until one moment.</summary>
    internal const double MostBackAtOnce = 0.5;

    /// <summary>Of fewer a share says nothing.</summary>
    private const int Few = 100;

    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(15);

    public override string Name => "rolling";

    public override string Description => "SIGTERM to each replica in turn and to the gateway: no send fails, clients move over and come back spread out in time, all of them within 15 s";

    public override ShapeOptions Options => new(connections: 500, conversations: 50, rate: 200, duration: 60);

    public override Task<Outcome> RunAsync(LoadShape shape, Stage stage, CancellationToken cancellationToken)
    {
        var moved = new List<Move>();
        GatewayStop? gateway = null;
        return Drill.RunAsync(
            new("Sending, and restarting replicas and gateway in turn", shape with { Repeats = CrashCommand.Repeats, Bursts = CrashCommand.Bursts }),
            stage,
            async (scene, cancelled) =>
            {
                await scene.UntilAsync(0.2, cancelled);
                for (var i = 0; i < scene.Cluster.ReplicaServices.Count; i++)
                {
                    moved.Add(await RestartAsync(scene, i, cancelled));
                }

                gateway = await RestartGatewayAsync(scene, cancelled);
            },
            (_, _, outcome) => outcome.With([.. moved.SelectMany(Figures), .. Figures(gateway!)], [.. moved.SelectMany(Judge), .. Judge(gateway!)]),
            cancellationToken);
    }

    internal static IEnumerable<Finding> Judge(Move one)
    {
        var (name, reconnects) = (one.Name, one.Reconnects);
        if (!one.UnderLoad)
        {
            yield return Finding.NotJudged($"{name}: it is restarted under load", "the load was over by then. Take a longer --duration");
        }

        yield return new($"{name}: {reconnects.Back:#,0} of {reconnects.Lost:#,0} clients came back, of {one.Sat:#,0} that it had", reconnects.Lost > 0 && reconnects.Lost >= one.Sat && reconnects.Back == reconnects.Lost);
        yield return new($"{name}: all are connected within {BackWithin.TotalSeconds} s of SIGTERM: the last after {reconnects.Longest.TotalSeconds:0.0} s", one.AllBack && reconnects.Longest <= BackWithin);
        if (reconnects.Lost < Few)
        {
            yield return Finding.NotJudged($"{name}: they leave and come back spread out in time", $"a share of fewer than {Few} clients says nothing. Take more --connections");
            yield break;
        }

        yield return new($"{name}: in no tenth of a second more than {MostAtOnce * 100:0} % of them leave: {reconnects.Leaving.Busiest * 100:0} %", reconnects.Leaving.Busiest <= MostAtOnce);
        yield return new($"{name}: in no tenth of a second more than {MostBackAtOnce * 100:0} % of them come back: {reconnects.Coming.Busiest * 100:0} %", reconnects.Coming.Busiest <= MostBackAtOnce);
    }

    internal static IEnumerable<Finding> Judge(GatewayStop one)
    {
        if (!one.UnderLoad)
        {
            yield return Finding.NotJudged("the gateway: it is restarted under load", "the load was over by then. Take a longer --duration");
        }

        yield return new($"the gateway: every call that was made in that moment is answered, if need be by the next one: {one.Answered:#,0} of {Volley.Size:#,0}", one.Answered == Volley.Size);
        yield return new($"the gateway: no client loses its connection: {one.Reconnects.Lost:#,0} did", one.Reconnects.Lost == 0);
    }

    private static async Task<Move> RestartAsync(Scene scene, int which, CancellationToken cancellationToken)
    {
        var (replica, fleet) = (scene.Cluster.ReplicaServices[which], scene.Run.Fleet);
        var (from, underLoad, sat) = (Now, scene.IsUnderLoad, fleet.CountOn(scene.Cluster.Replicas[which]));
        var stop = await replica.TerminateAsync(cancellationToken);
        var all = await fleet.AllConnectedAsync(BackWithin, cancellationToken);
        var reconnects = Reconnects.Of(fleet.Clients, from, Now);
        await replica.StartAsync(cancellationToken);
        return new(replica.Name, sat, underLoad, all, stop, reconnects);
    }

    private static async Task<GatewayStop> RestartGatewayAsync(Scene scene, CancellationToken cancellationToken)
    {
        var (gateway, world) = (scene.Cluster.GatewayService, scene.Run.World);
        var (unanswered, brokenOff) = (world.CallsWithoutAnswer, world.CallsBrokenOff);
        var (from, underLoad) = (Now, scene.IsUnderLoad);
        var volley = Volley.FireAsync(scene.Run, "volley", cancellationToken);
        await Task.Delay(Volley.MidRequest, cancellationToken);
        var stop = await gateway.TerminateAsync(cancellationToken);
        await gateway.StartAsync(cancellationToken);
        var answered = (await volley).Count(outcome => outcome == SendOutcome.Ok);
        return new(underLoad, stop, answered, world.CallsWithoutAnswer - unanswered, world.CallsBrokenOff - brokenOff, Reconnects.Of(scene.Run.Fleet.Clients, from, Now));
    }

    private static IEnumerable<Figure> Figures(Move one) =>
    [
        new($"{one.Name}: clients moved", one.Reconnects.Lost),
        new($"{one.Name}: they left spread over", one.Reconnects.Leaving.Spread.TotalMilliseconds, "ms"),
        new($"{one.Name}: … in the busiest tenth of a second", one.Reconnects.Leaving.Busiest * 100, "%"),
        new($"{one.Name}: they were connected again spread over", one.Reconnects.Coming.Spread.TotalMilliseconds, "ms"),
        new($"{one.Name}: … in the busiest tenth of a second", one.Reconnects.Coming.Busiest * 100, "%"),
        new($"{one.Name}: from SIGTERM until the last was back", one.Reconnects.Longest.TotalMilliseconds, "ms"),
        new($"{one.Name}: from SIGTERM until it ended", one.Stop.TotalMilliseconds, "ms"),
    ];

    private static IEnumerable<Figure> Figures(GatewayStop one) =>
    [
        new("the gateway: from SIGTERM until it ended", one.Stop.TotalMilliseconds, "ms"),
        new("the gateway: calls without an answer until it was back, made again", one.Unanswered),
        new("the gateway: … of them broken off when they had a connection", one.BrokenOff),
    ];

    /// <summary>One replica's restart.</summary>
    /// <param name="Sat">How many clients it had.</param>
    /// <param name="UnderLoad">Whether the load still ran.</param>
    /// <param name="AllBack">Whether every client was connected again in time.</param>
    /// <param name="Stop">From SIGTERM until it had ended.</param>
    internal sealed record Move(string Name, int Sat, bool UnderLoad, bool AllBack, TimeSpan Stop, Reconnects Reconnects);

    /// <summary>The gateway's restart, amid calls.</summary>
    /// <param name="Answered">How many of the volley's calls were acknowledged in the end.</param>
    /// <param name="Unanswered">How many calls had no answer until it was back.</param>
    /// <param name="BrokenOff">Those of them that had a connection; HTTP does not tell whether the server had begun to read them.</param>
    internal sealed record GatewayStop(bool UnderLoad, TimeSpan Stop, int Answered, long Unanswered, long BrokenOff, Reconnects Reconnects);
}
