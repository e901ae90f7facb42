using System.CommandLine;
using System.Globalization;
using Caas.Bench.Append;
using Caas.Bench.Clusters;
using Caas.Bench.Commands;
using Caas.Bench.Measure;
using Caas.Bench.Reports;
using Caas.Core.Entries;
using Spectre.Console;

namespace Caas.Bench.Depth;

/// <summary>Whether a long conversation costs more than a short one: adding a message, and reading a page of 50 at any depth. What is compared alternates, in one run.</summary>
internal static class DepthCommand
{
    private const int Page = 50;
    private const int Times = 400;
    private const double MostCost = 1.5;

    public static Command Create(IAnsiConsole console)
    {
        var deep = CommonOptions.Number("--messages", "How long the long conversation is", 1_000_000, least: 10_000, most: 100_000_000);
        var json = CommonOptions.Json();
        var command = new Command("depth", "What the 1,000,000th message costs beside the 1,000th, and a page of 50 at any depth") { deep, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var report = await RunAsync(console, parsed.GetValue(deep), cancellationToken);
            return await console.ShowAsync(report, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<Report> RunAsync(IAnsiConsole console, int messages, CancellationToken cancellationToken)
    {
        var at = TimeProvider.System.GetUtcNow();
        using var folder = new Scratch();
        await using var shallow = new MessageLoad(folder.Database("shallow"));
        await using var deep = new MessageLoad(folder.Database("deep"));
        var log = MessageLoad.Log("room");
        await FillAsync(shallow, log, 1_000, null, cancellationToken);
        await console.WithProgressAsync(async stage =>
        {
            stage.Begin("Filling", messages);
            await FillAsync(deep, log, messages, stage, cancellationToken);
            return true;
        });

        var (short1, long1) = (new Samples(), new Samples());
        for (var time = 0; time < 2 * Times; time++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (a, b) = (MessageLoad.Draft(log, "bob", time), MessageLoad.Draft(log, "bob", time));
            if (time < Times) // warms up
            {
                await shallow.Pipeline.AppendAsync(a, cancellationToken);
                await deep.Pipeline.AppendAsync(b, cancellationToken);
                continue;
            }

            await short1.TimeAsync(() => shallow.Pipeline.AppendAsync(a, cancellationToken));
            await long1.TimeAsync(() => deep.Pipeline.AppendAsync(b, cancellationToken));
        }

        // Another stretch at each turn, so that no page is read from what the last one left warm.
        (string Name, long From)[] depths = [("the newest", messages), ("the middle", messages / 2), ("the 1,000th", 1_000), ("the oldest", Page + 1)];
        var pages = depths.ToDictionary(depth => depth.Name, _ => new Samples());
        var reference = new Samples();
        for (var time = 0; time < 2 * Times; time++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var keep = time >= Times;
            await ReadAsync(shallow, log, 1_000 - (time % 10 * Page), keep ? reference : new(), cancellationToken);
            foreach (var (name, from) in depths)
            {
                await ReadAsync(deep, log, from > 10_000 ? from - (time % 100 * Page) : from, keep ? pages[name] : new(), cancellationToken);
            }
        }

        return new()
        {
            Command = "depth",
            At = at,
            Settings = new Dictionary<string, string> { ["messages"] = messages.ToString("#,0", CultureInfo.InvariantCulture) },
            Figures =
            [
                new("a message into a conversation of 1,000, median", short1.Median, "ms"),
                new("a message into the long one, median", long1.Median, "ms"),
                new($"a page of {Page} of a conversation of 1,000, median", reference.Median, "ms"),
                .. depths.Select(depth => new Figure($"a page of {Page} of the long one, at {depth.Name}, median", pages[depth.Name].Median, "ms")),
            ],
            Findings =
            [
                FindingOf("a message into the long conversation", long1.Median / short1.Median),
                .. depths.Select(depth => FindingOf($"a page at {depth.Name} of the long conversation", pages[depth.Name].Median / reference.Median)),
            ],
        };
    }

    private static Finding FindingOf(string what, double ratio) => new(FormattableString.Invariant($"{what} costs {ratio:0.00} times that of a conversation of 1,000 (at most {MostCost})"), ratio <= MostCost);

    private static async Task ReadAsync(MessageLoad load, LogId log, long from, Samples samples, CancellationToken cancellationToken)
    {
        var read = 0;
        await samples.TimeAsync(async () => read = (await load.Store.ReadMessagesAsync(log, Direction.Older, from, Page, cancellationToken)).Count);
        if (read != Page)
        {
            throw new BenchException($"A page before {from} had {read} messages instead of {Page}.");
        }
    }

    private static async Task FillAsync(MessageLoad load, LogId log, int messages, Stage? stage, CancellationToken cancellationToken)
    {
        const int Batch = 500;
        for (var number = 0; number < messages; number += Batch)
        {
            cancellationToken.ThrowIfCancellationRequested();
            await load.Store.AppendAsync([.. Enumerable.Range(number, Batch).Select(i => MessageLoad.Draft(log, "ann", i))], cancellationToken);
            stage?.Step(Batch);
        }
    }
}
