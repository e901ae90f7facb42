using Caas.Bench.Commands;
using Caas.Bench.Crash;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>Redis is killed, and comes back empty.</summary>
internal sealed class RedisOutage : Fault
{
    private static readonly TimeSpan LongestOutage = TimeSpan.FromSeconds(30);

    public override string Name => "redis";

    public override string Description => "Redis is killed for 30 s (in a shorter run for 0.4 of --duration) and comes back empty: sends go on, live delivery is back at each replica within 5 s, and stays";

    public override ShapeOptions Options => new(connections: 500, conversations: 50, rate: 200, duration: 75, warmup: 10);

    public override Task<Outcome> RunAsync(LoadShape shape, Stage stage, CancellationToken cancellationToken)
    {
        var (down, up) = (0L, 0L);
        var outage = TimeSpan.FromSeconds(Math.Min(LongestOutage.TotalSeconds, shape.Duration.TotalSeconds * 0.4));
        return Drill.RunAsync(
            new("Sending, and taking Redis away", shape with { Repeats = CrashCommand.Repeats, Bursts = CrashCommand.Bursts }),
            stage,
            async (scene, cancelled) =>
            {
                await scene.UntilAsync(0.25, cancelled);
                await scene.Cluster.Redis.KillAsync();
                down = Now;
                await Task.Delay(outage, cancelled);
                await scene.Cluster.Redis.StartAsync(cancelled);
                up = Now;
            },
            (scene, _, outcome) => Judge(scene.Run, down, up, outcome),
            cancellationToken);
    }

    private static Outcome Judge(LoadRun run, long down, long up, Outcome outcome)
    {
        var (sent, crossed) = (new Latency(), new Latency());
        foreach (var acknowledged in run.Measured.Acknowledgements.Where(one => one.Due >= down && one.Due < up))
        {
            sent.Record(acknowledged.Took);
        }

        foreach (var crossing in run.Measured.Handled.Where(one => one.Across && one.Due >= down && one.Due < up))
        {
            crossed.Record(crossing.Took);
        }

        var (figures, findings) = LiveAgain.Judge(run.Plan, run.Began, run.Cluster.Replicas, down, up, run.Measured.Handled);
        return outcome.With(
            [
                new("Redis was gone for", Seconds(up - down), "s"),
                new("meanwhile acknowledged", sent.Count),
                new("meanwhile acknowledgement p99", sent.At(99), "ms"),
                new("meanwhile delivery across replicas p99 (from the store)", crossed.At(99), "ms"),
                new("meanwhile delivery across replicas max", crossed.At(100), "ms"),
                .. figures,
            ],
            [Acknowledged(run.Plan, run.Since(down), run.Since(up), sent.Count), .. findings]);
    }

    /// <param name="acknowledged">How many of the sends that were due in the outage.</param>
    internal static Finding Acknowledged(LoadPlan plan, TimeSpan down, TimeSpan up, long acknowledged)
    {
        var due = plan.CountBetween(down, up);
        return due == 0
            ? Finding.NotJudged("Sends are acknowledged without Redis", "none was due in that time. Take a longer --duration or a higher --rate")
            : new($"Sends are acknowledged without Redis: {acknowledged:#,0} of {due:#,0}", acknowledged >= due);
    }
}
