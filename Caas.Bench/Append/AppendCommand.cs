using System.CommandLine;
using System.Diagnostics;
using Caas.Bench.Clusters;
using Caas.Bench.Commands;
using Caas.Bench.Measure;
using Caas.Bench.Reports;
using Spectre.Console;

namespace Caas.Bench.Append;

/// <summary>What the append pipeline costs beside bare SQLite: four ratios, each of the median of rounds that alternate with their peer in one run.</summary>
internal static class AppendCommand
{
    private const int Batch = MessageLoad.Senders;
    private static readonly TimeSpan SlowDisk = TimeSpan.FromMilliseconds(5);

    public static Command Create(IAnsiConsole console)
    {
        var rounds = CommonOptions.Number("--rounds", "How often each is measured; the median counts", 5, most: 100);
        var json = CommonOptions.Json();
        var command = new Command("append", "Rates of the append pipeline on SQLite beside bare SQLite, with a usual and a slow disk") { rounds, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var count = parsed.GetValue(rounds);
            var at = TimeProvider.System.GetUtcNow();
            var (usual, slow, lone) = await console.WithProgressAsync(async stage =>
            {
                stage.Begin("Appending", count * 3);
                var usual = await RatesAsync(count, delay: null, each: 300, bareBatches: 300, bareSingles: 2_000, stage, cancellationToken);
                var slow = await RatesAsync(count, SlowDisk, each: 50, bareBatches: 20, bareSingles: 100, stage, cancellationToken);
                return (usual, slow, await LoneAsync(count, stage, cancellationToken));
            });
            return await console.ShowAsync(ReportOf(at, count, usual, slow, lone), parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static Report ReportOf(DateTimeOffset at, int rounds, Rates usual, Rates slow, Lone lone) => new()
    {
        Command = "append",
        At = at,
        Settings = new Dictionary<string, string> { ["rounds"] = $"{rounds}", ["senders"] = $"{Batch}", ["batch"] = $"{Batch}" },
        Figures =
        [
            new("pipeline, 64 senders", usual.Pipeline, "messages/s"),
            new("bare inserts in transactions of 64", usual.BareBatches, "messages/s"),
            new("bare transactions of one message", usual.BareSingles, "messages/s"),
            new("pipeline, 64 senders, 5 ms more a commit", slow.Pipeline, "messages/s"),
            new("bare transactions of one message, 5 ms more a commit", slow.BareSingles, "messages/s"),
            new("a lone sender's message, median", lone.Pipeline, "ms"),
            new("a bare transaction of one message, median", lone.Bare, "ms"),
        ],
        Findings =
        [
            Finding("of the rate of bare inserts in batches of 64", usual.Pipeline / usual.BareBatches, atLeast: 0.5),
            Finding("times one durable transaction for each message", usual.Pipeline / usual.BareSingles, atLeast: 4),
            Finding("times that with 5 ms more for each commit", slow.Pipeline / slow.BareSingles, atLeast: 20),
            new(FormattableString.Invariant($"a lone sender's message takes {lone.Pipeline / lone.Bare:0.00} times a bare transaction (at most 1.3)"), lone.Pipeline / lone.Bare <= 1.3),
        ],
    };

    private static Finding Finding(string what, double ratio, double atLeast) => new(FormattableString.Invariant($"64 senders: {ratio:0.00} {what} (at least {atLeast})"), ratio >= atLeast);

    private static async Task<Rates> RatesAsync(int rounds, TimeSpan? delay, int each, int bareBatches, int bareSingles, Stage stage, CancellationToken cancellationToken)
    {
        using var folder = new Scratch();
        using var bare = new BareInserts(folder.Database("bare"));
        await using var load = new MessageLoad(folder.Database("caas"));
        using var slow = new SlowCommits(delay ?? TimeSpan.Zero);
        if (delay is not null)
        {
            bare.Delay(slow);
            await load.DelayAsync(slow, cancellationToken);
        }

        var (pipeline, batches, singles) = (new Samples(), new Samples(), new Samples());
        for (var round = 0; round <= rounds; round++)
        {
            var first = (long)round * each;
            var rates = (
                Pipeline: await RateAsync(Batch * each, () => Task.WhenAll(Enumerable.Range(0, Batch).Select(sender => Task.Run(() => SendAsync(load, sender, first, each, cancellationToken), cancellationToken)))),
                Batches: await RateAsync(Batch * bareBatches, () => Repeat(bareBatches, () => bare.Transaction(Batch), cancellationToken)),
                Singles: await RateAsync(bareSingles, () => Repeat(bareSingles, () => bare.Transaction(1), cancellationToken)));
            if (round > 0) // the first one warms up
            {
                pipeline.Add(rates.Pipeline);
                batches.Add(rates.Batches);
                singles.Add(rates.Singles);
                stage.Step();
            }
        }

        return new(pipeline.Median, batches.Median, singles.Median);
    }

    private static async Task SendAsync(MessageLoad load, int sender, long first, int each, CancellationToken cancellationToken)
    {
        for (var number = first; number < first + each; number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await load.Pipeline.AppendAsync(MessageLoad.Draft(MessageLoad.Log(MessageLoad.Room(sender)), MessageLoad.Sender(sender), number), cancellationToken);
        }
    }

    private static async Task<Lone> LoneAsync(int rounds, Stage stage, CancellationToken cancellationToken)
    {
        using var folder = new Scratch();
        using var bare = new BareInserts(folder.Database("bare"));
        await using var load = new MessageLoad(folder.Database("caas"));
        var (alone, transaction) = (new Samples(), new Samples());
        var log = MessageLoad.Log("room");
        for (var number = 0; number < 300 * (rounds + 1); number++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var draft = MessageLoad.Draft(log, "ann", number);
            if (number < 300) // warms up
            {
                await load.Pipeline.AppendAsync(draft, cancellationToken);
                bare.Transaction(1);
                continue;
            }

            await alone.TimeAsync(() => load.Pipeline.AppendAsync(draft, cancellationToken));
            transaction.Time(() => bare.Transaction(1));
            stage.Step(1.0 / 300);
        }

        return new(alone.Median, transaction.Median);
    }

    private static async Task<double> RateAsync(int messages, Func<Task> act)
    {
        var start = Stopwatch.GetTimestamp();
        await act();
        return messages / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    // On a thread of its own, as the writer of the store has one.
    private static Task Repeat(int times, Action act, CancellationToken cancellationToken) => Task.Factory.StartNew(() =>
    {
        for (var time = 0; time < times; time++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            act();
        }
    }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private sealed record Rates(double Pipeline, double BareBatches, double BareSingles);

    private sealed record Lone(double Pipeline, double Bare);
}
