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

    private static readonly TimeSpan ReadsRest = TimeSpan.FromSeconds(10);

    /// <summary>In a conversation like all others, on the first replica.</summary>
    public static Seat ReaderSeat { get; } = new(-1, LoadShape.Tenants[0], Reader, Seat.RoomName(0), 0);

    public override string Name => "slow-reader";

    public override string Description => "One of 500 clients stops reading: for the members of its conversation on its replica, for those on the other and for everybody else p99 is at most 1.2 times what it was, it is cut off, and it can resume";

    public override ShapeOptions Options => new(connections: 500, conversations: 50, rate: 200, duration: 100, warmup: 15);

    public override async Task<Outcome> RunAsync(LoadShape shape, Stage stage, CancellationToken cancellationToken)
    {
        var (stopped, seat) = (0L, ReaderSeat);
        await using var reader = new RawReader();
        var (cuts, unread, resumed) = (0.0, 0, new List<EntryRecord>());
        return await Drill.RunAsync(
            new("Sending, one client stops reading half-way", shape) { Load = new() { Pinned = true, FurtherUsers = [Reader, Talker] } },
            stage,
            async (scene, cancelled) =>
            {
                var run = scene.Run;
                await reader.JoinAsync(scene.Cluster.Replicas[seat.Replica], run.World.TokenOf(seat), seat.Conversation, cancelled);
                using var talking = CancellationTokenSource.CreateLinkedTokenSource(cancelled);
                var talk = TalkAsync(run, seat, talking.Token);

                await scene.UntilAsync(0.5, cancelled);
                await reader.StopReadingAsync(cancelled);
                stopped = Now;
                await scene.UntilAsync(1, cancelled);
                await talking.CancelAsync();
                unread = (await talk).Count(said => said >= stopped);

                cuts = await Scrape.SumAsync(scene.Cluster.Replicas, "caas_realtime_cuts_total", cancelled);
                reader.ReadAgain();
                await Task.WhenAny(reader.Ended, Task.Delay(ReadsRest, cancelled));
                resumed = await ResumeAsync(run, reader.LastSeq, seat, cancelled);
            },
            (scene, history, outcome) =>
            {
                var run = scene.Run;
                var (figures, findings) = SlowReaderVerdict.Others(run.Plan, run.Began, stopped, seat, scene.Cluster.Replicas[seat.Replica], run.Measured.Handled);
                var others = run.Fleet.Clients.Count(client => client.States.Any(state => state.State == ConnectionState.Reconnecting && state.At >= stopped));
                var owed = history.Logs.Single(log => log.Tenant == seat.Tenant && log.Conversation == seat.Conversation).Entries.Where(entry => entry.Seq > reader.LastSeq).Select(entry => entry.Seq).ToArray();
                return outcome.With(
                    [.. figures, new("entries it resumed with", resumed.Count)],
                    [
                        .. findings,
                        .. SlowReaderVerdict.CutOff(unread, cuts, reader.Ended.IsCompleted, others),
                        SlowReaderVerdict.Resumed(reader.LastSeq, owed, [.. resumed.Select(entry => entry.Seq)]),
                    ]);
            },
            cancellationToken);
    }

    /// <summary>Fills the conversation from another replica, one message after the other. It is one more client of the run: the checker looks at what it sent.</summary>
    /// <returns>When it sent each, in stopwatch ticks.</returns>
    private static async Task<List<long>> TalkAsync(LoadRun run, Seat reader, CancellationToken cancellationToken)
    {
        var seat = reader with { Client = run.Fleet.Clients.Count, User = Talker, Replica = run.Cluster.Replicas.Count - 1 };
        var talker = new BenchClient(seat, run.Cluster.Replicas[seat.Replica], run.World.TokenOf(seat), run.Measured);
        run.Fleet.Add(talker);
        await talker.ConnectAsync(cancellationToken);
        using var timer = new PeriodicTimer(SlowReaderVerdict.Every);
        var said = new List<long>();
        try
        {
            for (var number = 0; await timer.WaitForNextTickAsync(cancellationToken); number++)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"long-{number}");
                said.Add(Now);
                run.Measured.SentBeside(seat.Tenant, id, talker.Replica, due: said[^1]);
                await talker.SendAsync(id, SlowReaderVerdict.LongText);
            }
        }
        catch (OperationCanceledException)
        {
            // The load has ended.
        }

        return said;
    }

    /// <summary>As its app would: a new connection, from the last entry that it had.</summary>
    private static async Task<List<EntryRecord>> ResumeAsync(LoadRun run, long after, Seat seat, CancellationToken cancellationToken)
    {
        var entries = new List<EntryRecord>();
        await using var connection = new CaasConnection(new() { Url = run.Cluster.Gateway, Token = _ => Task.FromResult(run.World.TokenOf(seat)) });
        await connection.ConnectAsync(cancellationToken);
        await using var conversation = await connection.JoinAsync(seat.Conversation, after, cancellationToken);
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
}
