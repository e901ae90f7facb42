using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Caas.Bench.Commands;
using Caas.Bench.Measure;
using Caas.Bench.Reports;
using Spectre.Console;

namespace Caas.Bench.Search;

/// <summary>What a search waits for among a million messages: common, rare, begun, Chinese words, for callers who are in few, in some and in half of the conversations. In the process, without HTTP.</summary>
internal static class SearchCommand
{
    private const int MessagesPerConversation = 100;

    public static Command Create(IAnsiConsole console)
    {
        var messages = CommonOptions.Number("--messages", "How many messages there are, 100 in each conversation", 1_000_000, least: 10_000, most: 10_000_000);
        var calls = CommonOptions.Number("--calls", "How often each kind of question is asked by each caller", 40, least: 5, most: 10_000);
        var most = CommonOptions.Number("--most-p95", "More milliseconds than this at p95 break the promise", 50, least: 1, most: 60_000);
        var (seed, json) = (CommonOptions.Seed(), CommonOptions.Json());
        var command = new Command("search", "What a page of 50 found among 1,000,000 messages costs: common, rare, begun and Chinese words, in few and in many conversations") { messages, calls, most, seed, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var report = await RunAsync(console, parsed.GetValue(messages), parsed.GetValue(calls), parsed.GetValue(most), seed.Read(parsed), cancellationToken);
            return await console.ShowAsync(report, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<Report> RunAsync(IAnsiConsole console, int messages, int calls, int most, int seed, CancellationToken cancellationToken)
    {
        var at = TimeProvider.System.GetUtcNow();
        var conversations = messages / MessagesPerConversation;
        var words = new SearchWords(seed);
        await using var world = new SearchWorld(conversations);
        var filled = Stopwatch.StartNew();
        var indexed = await console.WithProgressAsync(async stage =>
        {
            stage.Begin("Filling", messages);
            await world.FillAsync(messages, words, stage, cancellationToken);
            stage.Begin("Indexing", messages);
            filled.Restart();
            await world.IndexAsync(stage, cancellationToken);
            return filled.Elapsed;
        });

        var (figures, findings) = (new List<Figure> { new("indexed by projector and indexer together", messages / indexed.TotalSeconds, "messages/s") }, new List<Finding>());
        foreach (var (kind, ask) in words.Questions)
        {
            foreach (var (who, user) in SearchWorld.Users)
            {
                var samples = new Samples();
                var found = 0;
                for (var call = -5; call < calls; call++)
                {
                    var question = ask();
                    await (call < 0 ? new() : samples).TimeAsync(async () => found += await world.SearchAsync(user, question, cancellationToken));
                }

                var name = $"{kind}, {who}";
                figures.Add(new($"{name}, p50", samples.Median, "ms"));
                figures.Add(new($"{name}, p95", samples.At(95), "ms"));
                figures.Add(new($"{name}, found a call", (double)found / (calls + 5), "messages"));
                findings.Add(new(FormattableString.Invariant($"{name}: {samples.At(95):0.0} ms at p95 (at most {most})"), samples.At(95) <= most));
            }
        }

        return new()
        {
            Command = "search",
            At = at,
            Seed = seed,
            Settings = new Dictionary<string, string>
            {
                ["messages"] = messages.ToString("#,0", CultureInfo.InvariantCulture),
                ["conversations"] = conversations.ToString("#,0", CultureInfo.InvariantCulture),
                ["calls"] = calls.ToString("#,0", CultureInfo.InvariantCulture),
            },
            Figures = figures,
            Findings = findings,
        };
    }
}
