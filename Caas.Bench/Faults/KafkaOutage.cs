using System.Globalization;
using Caas.Bench.Checking;
using Caas.Bench.Clusters;
using Caas.Bench.Commands;
using Caas.Bench.Crash;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>All brokers are down for a while.</summary>
internal sealed class KafkaOutage : Fault
{
    private static readonly TimeSpan LongestOutage = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan DrainedWithin = TimeSpan.FromSeconds(60);

    /// <summary>How much slower an acknowledgement may be without Kafka; and, since milliseconds vary by themselves, by how much in any case.</summary>
    private const double MostRatio = 1.5;
    private const double AnyCase = 10;

    public override string Name => "kafka";

    public override string Description => "Kafka's brokers (librdkafka's mock cluster) are down for 60 s (in a shorter run for 0.6 of --duration): sends do not notice, and afterwards everything comes, in order";

    public override ShapeOptions Options => new(connections: 200, conversations: 20, rate: 100, duration: 105, warmup: 10);

    public override async Task<Outcome> RunAsync(LoadShape shape, Stage stage, CancellationToken cancellationToken)
    {
        using var kafka = new MockKafka();
        await using var reader = new TopicReader(kafka.BootstrapServers);
        var (down, up) = (0L, 0L);
        var outage = TimeSpan.FromSeconds(Math.Min(LongestOutage.TotalSeconds, shape.Duration.TotalSeconds * 0.6));
        var outcome = await Drill.RunAsync(
            new("Sending, and taking Kafka away", shape with { Repeats = CrashCommand.Repeats, Bursts = CrashCommand.Bursts }) { Cluster = new(Kafka: kafka.BootstrapServers) },
            stage,
            async (scene, cancelled) =>
            {
                await scene.UntilAsync(0.2, cancelled);
                kafka.SetDown();
                down = Now;
                await Task.Delay(outage, cancelled);
                kafka.SetUp();
                up = Now;

                // Everything that is sent comes, also what was sent meanwhile: as long as the services live.
                await scene.UntilAsync(1, cancelled);
                await reader.HasAsync(scene.Run.Plan.Sends.Count, DrainedWithin, cancelled);
            },
            (scene, history, outcome) => Judge(scene.Run, history, reader, down, up, outcome),
            cancellationToken);
        return outcome;
    }

    private static Outcome Judge(LoadRun run, History history, TopicReader reader, long down, long up, Outcome outcome)
    {
        var (before, during) = (new Latency(), new Latency());
        var counted = run.Began + Measurements.TicksOf(run.Plan.Shape.Warmup);
        foreach (var one in run.Measured.Acknowledgements.Where(one => one.Due >= counted && one.Due < up))
        {
            (one.Due < down ? before : during).Record(one.Took);
        }

        return outcome.With(
            [
                new("Kafka was gone for", Seconds(up - down), "s"),
                new("acknowledgement p99 before", before.At(99), "ms"),
                new("acknowledgement p99 meanwhile", during.At(99), "ms"),
                new("records read from Kafka", reader.Records),
            ],
            [Unnoticed(run.Plan, run.Since(down), run.Since(up), before, during), .. Drained(history.Logs, reader.Seqs)]);
    }

    /// <summary>Whether everything that stands in the logs came to Kafka, and in their order.</summary>
    /// <param name="came">Of each conversation, as its records are keyed: which tenant it is stands there behind the run's own name for it.</param>
    internal static IEnumerable<Finding> Drained(IReadOnlyList<LogRecord> logs, IReadOnlyDictionary<string, long[]> came)
    {
        var (missing, disordered) = (0L, 0L);
        foreach (var log in logs)
        {
            var seqs = came.Where(seqs => seqs.Key.EndsWith($"{log.Tenant}/{log.Conversation}", StringComparison.Ordinal)).Select(seqs => seqs.Value).SingleOrDefault() ?? [];
            var first = seqs.Distinct().ToArray();
            var known = first.ToHashSet();
            missing += log.Entries.LongCount(entry => entry.Mark is not null && !known.Contains(entry.Seq));
            disordered += first.Zip(first.Skip(1)).LongCount(pair => pair.Second < pair.First);
        }

        var stored = logs.Sum(log => log.Entries.LongCount(entry => entry.Mark is not null));
        return
        [
            new($"Every message comes to Kafka in the end: {stored - missing:#,0} of {stored:#,0}", missing == 0 && stored > 0),
            new($"In the order of each log: {disordered} out of order", disordered == 0),
        ];
    }

    /// <summary>Whether acknowledgements were as fast as before. What was planned says whether there is enough to judge, so that a service that does not answer is not let off.</summary>
    /// <param name="before">Of sends due between the warm-up and the outage.</param>
    /// <param name="during">Of sends due in it.</param>
    internal static Finding Unnoticed(LoadPlan plan, TimeSpan down, TimeSpan up, Latency before, Latency during)
    {
        var (had, meanwhile) = (plan.CountBetween(plan.Shape.Warmup, down), plan.CountBetween(down, up));
        if (Math.Min(had, meanwhile) < Latency.LeastForP99)
        {
            return Finding.NotJudged("Sends do not notice", $"a p99 takes {Latency.LeastForP99} sends; {had} were due between the warm-up and the outage, {meanwhile} in it. Take a longer --duration or a higher --rate");
        }

        return new(
            string.Create(CultureInfo.InvariantCulture, $"Sends do not notice: p99 {during.At(99):0.0} ms in the {(up - down).TotalSeconds:0.0} s without Kafka, {before.At(99):0.0} ms before"),
            before.Count > 0 && during.Count > 0 && during.At(99) <= Math.Max(before.At(99) * MostRatio, before.At(99) + AnyCase));
    }
}
