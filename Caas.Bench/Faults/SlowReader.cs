using System.Globalization;
using Caas.Bench.Checking;
using Caas.Bench.Clusters;
using Caas.Bench.Commands;
using Caas.Bench.Load;
using Caas.Bench.Reports;
using Caas.Client;

namespace Caas.Bench.Faults;

/// <summary>One member of a busy conversation stops reading.</summary>
/// <remarks>
/// Its conversation also gets long messages, forty a second: what is not read must fill the system's buffers (some megabytes) before the server feels it. In the first half of the run it reads, in the
/// second it does not; both have the same load.
/// </remarks>
internal sealed class SlowReader : Fault
{
    private const string Reader = "reader";
    private const string Talker = "talker";
    private const int LongText = 9_900;

    /// <summary>How much slower the others may get.</summary>
    private const double MostRatio = 1.2;

    /// <summary>Below this many milliseconds a ratio says more of the machine than of the service.</summary>
    private const double Noise = 2;

    /// <summary>Before the server has to cut a connection off, 4 MiB in its queue and about as much in the system's buffers must be full; half as much again makes it certain.</summary>
    private const double FillsEverything = 12 * 1024 * 1024;

    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan ReadsRest = TimeSpan.FromSeconds(10);

    public override string Name => "slow-reader";

    public override string Description => "One of 500 clients stops reading: the others' p99 is at most 1.2 times what it was, it is cut off, and it can resume";

    public override ShapeOptions Options => new(connections: 500, conversations: 50, rate: 200, duration: 100, warmup: 5);

    public override async Task<Outcome> RunAsync(LoadShape shape, Stage stage, CancellationToken cancellationToken)
    {
        var (stopped, tenant, room) = (0L, LoadShape.Tenants[0], Seat.RoomName(0));
        await using var reader = new RawReader();
        var (cuts, resumed) = (0.0, new List<EntryRecord>());
        return await Drill.RunAsync(
            new("Sending, one client stops reading half-way", shape) { Load = new() { Pinned = true, FurtherUsers = [Reader, Talker] } },
            stage,
            async (scene, cancelled) =>
            {
                var run = scene.Run;
                await reader.JoinAsync(scene.Cluster.Replicas[0], run.World.TokenOf(tenant, Reader), room, cancelled);
                using var talking = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
                var talk = TalkAsync(run, tenant, room, talking.Token);

                await scene.UntilAsync(0.5, cancelled);
                await reader.StopReadingAsync(cancelled);
                stopped = Now;
                await scene.UntilAsync(1, cancelled);
                await talking.CancelAsync();
                await talk;

                cuts = await Scrape.SumAsync(scene.Cluster.Replicas, "caas_realtime_cuts_total", cancelled);
                reader.ReadAgain();
                await Task.WhenAny(reader.Ended, Task.Delay(ReadsRest, cancelled));
                resumed = await ResumeAsync(run, reader.LastSeq, tenant, room, cancelled);
            },
            (scene, history, outcome) =>
            {
                var (before, after) = Split(scene.Run, stopped);
                var stop = scene.Run.Since(stopped);
                var owed = history.Logs.Single(log => log.Tenant == tenant && log.Conversation == room).Entries.Where(entry => entry.Seq > reader.LastSeq).Select(entry => entry.Seq).ToArray();
                return outcome.With(
                    [
                        new("the others' delivery p99 while it read", before.At(99), "ms"),
                        new("the others' delivery p99 while it did not", after.At(99), "ms"),
                        new("entries it resumed with", resumed.Count),
                    ],
                    [
                        Unhurt(scene.Run.Plan, stop, before, after),
                        CutOff(shape, stop, cuts, reader.Ended.IsCompleted),
                        Resumed(reader.LastSeq, owed, [.. resumed.Select(entry => entry.Seq)]),
                    ]);
            },
            cancellationToken);
    }

    /// <summary>Whether the others' deliveries are as fast as before. What was planned says whether there is enough to judge afterwards, so that a service that delivers nothing is not let off.</summary>
    /// <param name="stopped">When it stopped reading, from the beginning of the load on.</param>
    internal static Finding Unhurt(LoadPlan plan, TimeSpan stopped, Latency before, Latency after)
    {
        var due = plan.CountBetween(stopped, plan.Shape.Warmup + plan.Shape.Duration);
        if (before.Count < Latency.LeastForP99 || due < Latency.LeastForP99)
        {
            return Finding.NotJudged($"The others' p99 is at most {Number(MostRatio)} times what it was", $"a p99 takes {Latency.LeastForP99} deliveries; there were {before.Count} between the warm-up and the stop, and {due} sends were due after it. Take a longer --duration or a higher --rate");
        }

        var ratio = after.At(99) / Math.Max(before.At(99), Noise);
        return new(string.Create(CultureInfo.InvariantCulture, $"The others' p99 is at most {MostRatio} times what it was: {ratio:0.00}"), after.Count > 0 && ratio <= MostRatio);
    }

    /// <param name="cuts">Connections that the replicas say they cut off.</param>
    /// <param name="ended">Whether its own has ended.</param>
    internal static Finding CutOff(LoadShape shape, TimeSpan stopped, double cuts, bool ended)
    {
        var waited = (shape.Warmup + shape.Duration - stopped).TotalSeconds;
        var sent = waited * LongText / Every.TotalSeconds;
        return cuts == 0 && sent < FillsEverything
            ? Finding.NotJudged("It is cut off", $"not reached with this load: {Number(sent / 1e6)} MB in {Number(waited)} s may all lie in buffers, which takes {Number(FillsEverything / 1e6)} MB. Take a longer --duration")
            : new($"It is cut off: {cuts} connection(s) cut by the replicas", cuts >= 1 && ended);
    }

    /// <param name="owed">What the log has after that.</param>
    internal static Finding Resumed(long lastSeq, IReadOnlyList<long> owed, IReadOnlyList<long> resumed) => owed.Count == 0 && resumed.Count == 0
        ? Finding.NotJudged("It resumes with all that it missed, in order", $"it missed nothing after {lastSeq:#,0}")
        : new($"It resumes with all that it missed, in order: {resumed.Count:#,0} of {owed.Count:#,0} entries after {lastSeq:#,0}", resumed.SequenceEqual(owed));

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    private static async Task TalkAsync(LoadRun run, string tenant, string room, CancellationToken cancellationToken)
    {
        await using var talker = new BenchClient(new(-1, tenant, Talker, room, 0), run.Cluster.Replicas[^1], run.World.TokenOf(tenant, Talker), run.Measured);
        await talker.ConnectAsync(cancellationToken);
        using var timer = new PeriodicTimer(Every);
        try
        {
            for (var i = 0; await timer.WaitForNextTickAsync(cancellationToken); i++)
            {
                await talker.SendAsync(string.Create(CultureInfo.InvariantCulture, $"long-{i}"), LongText);
            }
        }
        catch (OperationCanceledException)
        {
            // The load has ended.
        }
    }

    /// <summary>As its app would: a new connection, from the last entry that it had.</summary>
    private static async Task<List<EntryRecord>> ResumeAsync(LoadRun run, long after, string tenant, string room, CancellationToken cancellationToken)
    {
        var entries = new List<EntryRecord>();
        await using var connection = new CaasConnection(new() { Url = run.Cluster.Gateway, Token = _ => Task.FromResult(run.World.TokenOf(tenant, Reader)) });
        await connection.ConnectAsync(cancellationToken);
        await using var conversation = await connection.JoinAsync(room, after, cancellationToken);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(ReadsRest);
        try
        {
            await foreach (var entry in conversation.Entries(patience.Token))
            {
                entries.Add(BenchClient.Record(entry));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // All that there was.
        }

        return entries;
    }

    private static (Latency Before, Latency After) Split(LoadRun run, long stopped)
    {
        var (before, after) = (new Latency(), new Latency());
        var counted = run.Began + Measurements.TicksOf(run.Plan.Shape.Warmup);
        foreach (var crossing in run.Measured.Crossings.Where(crossing => crossing.Due >= counted))
        {
            (crossing.Due < stopped ? before : after).Record(crossing.Took);
        }

        return (before, after);
    }
}
