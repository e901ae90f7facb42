using System.Diagnostics;
using Caas.Bench.Commands;
using Caas.Bench.Crash;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>Redis is killed, and comes back empty.</summary>
internal sealed class RedisOutage : Fault
{
    private static readonly TimeSpan LongestOutage = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LiveWithin = TimeSpan.FromSeconds(5);

    /// <summary>Medians of what was due in so long.</summary>
    private static readonly long Bucket = Stopwatch.Frequency / 2;

    public override string Name => "redis";

    public override string Description => "Redis is killed for 30 s (in a shorter run for 0.4 of --duration) and comes back empty: sends go on, live delivery is back within 5 s";

    public override ShapeOptions Options => new(connections: 500, conversations: 50, rate: 200, duration: 75);

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

        foreach (var crossing in run.Measured.Crossings.Where(one => one.Due >= down && one.Due < up))
        {
            crossed.Record(crossing.Took);
        }

        var back = LiveAgainAfter(run.Measured.Crossings, down, up);
        return outcome.With(
            [
                new("Redis was gone for", Seconds(up - down), "s"),
                new("meanwhile acknowledged", sent.Count),
                new("meanwhile acknowledgement p99", sent.At(99), "ms"),
                new("meanwhile delivery across replicas p99 (from the store)", crossed.At(99), "ms"),
                new("meanwhile delivery across replicas max", crossed.At(100), "ms"),
                .. back is { } time ? [new Figure("live again after", time.TotalSeconds, "s")] : Array.Empty<Figure>(),
            ],
            [
                new($"Sends are acknowledged without Redis: {sent.Count:#,0}", sent.Count > 0),
                new(back is { } after ? $"Live delivery is back within {LiveWithin.TotalSeconds} s of Redis: {after.TotalSeconds:0.0} s" : "Live delivery was never as fast again as before", back <= LiveWithin),
            ]);
    }

    /// <summary>How long after Redis was back the median of deliveries across replicas was, and stayed, near what it was before. Null: never.</summary>
    private static TimeSpan? LiveAgainAfter(IReadOnlyCollection<Delivery> crossings, long down, long up)
    {
        var before = Median(crossings.Where(one => one.Due < down && one.Due + one.Took < down));
        var near = Math.Max(Stopwatch.Frequency / 10, before * 3);
        var slow = crossings.Where(one => one.Due >= up).GroupBy(one => (one.Due - up) / Bucket).OrderBy(bucket => bucket.Key).Select(bucket => (bucket.Key, IsSlow: Median(bucket) > near)).ToArray();
        if (slow.Length == 0 || slow[^1].IsSlow)
        {
            return null;
        }

        // From the first one on of which two in a row are well: another load on the machine may slow a later one.
        var first = Array.FindIndex(slow, bucket => !bucket.IsSlow);
        while (first < slow.Length - 1 && slow[first + 1].IsSlow)
        {
            first = Array.FindIndex(slow, first + 1, bucket => !bucket.IsSlow);
        }

        return Stopwatch.GetElapsedTime(0, slow[first].Key * Bucket);
    }

    private static long Median(IEnumerable<Delivery> deliveries)
    {
        var took = deliveries.Select(one => one.Took).Order().ToArray();
        return took.Length == 0 ? 0 : took[took.Length / 2];
    }
}
