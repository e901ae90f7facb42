using System.CommandLine;
using System.Globalization;
using Caas.Bench.Clusters;
using Caas.Bench.Commands;
using Caas.Bench.Reports;
using Caas.Client;
using Caas.Contracts;
using Spectre.Console;

namespace Caas.Bench.EventLog;

/// <summary>How long a backend that was away takes to catch up: the tenant's whole history, read back over HTTP page by page, and once more with a filter that leaves all of it out.</summary>
internal static class EventLogCommand
{
    private const int Page = 1_000;
    private const int AtOnce = 8;
    private const int PerImport = 20;
    private const int Conversations = 100;
    private const double MostSecondsPer100000 = 10;

    public static Command Create(IAnsiConsole console)
    {
        var events = CommonOptions.Number("--events", "How many messages there are to read", 100_000, least: 2_000, most: 10_000_000);
        var json = CommonOptions.Json();
        var command = new Command("events", "The event log: a tenant's history of 100,000 messages read back") { events, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var report = await RunAsync(console, parsed.GetValue(events), cancellationToken);
            return await console.ShowAsync(report, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<Report> RunAsync(IAnsiConsole console, int events, CancellationToken cancellationToken)
    {
        var at = TimeProvider.System.GetUtcNow();
        await using var cluster = await StandaloneCluster.StartAsync(cancellationToken);
        using var admin = new CaasRestClient(cluster.Gateway, CaasCredential.Admin(cluster.AdminKey));
        await admin.Tenants.CreateAsync(new("Bench", "bench"), cancellationToken: cancellationToken);
        using var backend = new CaasRestClient(cluster.Gateway, CaasCredential.ApiKey((await admin.Tenants.CreateApiKeyAsync("bench", new("bench"), cancellationToken: cancellationToken)).Key));
        var made = await console.WithProgressAsync(async stage =>
        {
            stage.Begin("Filling", events);
            return await FillAsync(backend, events, stage, cancellationToken);
        });

        // The projector has come to all of it once as much stands there as was made: messages, conversations, users, the tenant itself and its key.
        var expected = made + Conversations + 2 + 2;
        while (long.Parse((await backend.Events.ReadAsync("latest", cancellationToken: cancellationToken)).Next, CultureInfo.InvariantCulture) < expected)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }

        var (seconds, pages, read) = await ReadAsync(backend, null, cancellationToken);
        var (skippedSeconds, skippedPages, found) = await ReadAsync(backend, ["call.ended"], cancellationToken);
        var inOrder = read.Select((one, i) => one.Position == (i + 1).ToString(CultureInfo.InvariantCulture)).All(right => right);
        var messages = read.Where(one => one.Type == "caas.message.created").Select(one => one.Id).Distinct().Count();
        var most = MostSecondsPer100000 * read.Count / 100_000;
        return new()
        {
            Command = "events",
            At = at,
            Settings = new Dictionary<string, string> { ["messages"] = made.ToString("#,0", CultureInfo.InvariantCulture), ["events"] = read.Count.ToString("#,0", CultureInfo.InvariantCulture), ["on"] = cluster.Description },
            Figures =
            [
                new("all of it, read", seconds, "s"), new("events per second", read.Count / seconds, "1/s"), new($"calls for pages of {Page}", pages, ""),
                new("all of it, left out by a filter", skippedSeconds, "s"), new("calls with the filter", skippedPages, ""),
            ],
            Findings =
            [
                new(FormattableString.Invariant($"{read.Count:#,0} events in {seconds:0.0} s (at most {most:0.0})"), seconds <= most),
                new($"each position once, in order; {messages:#,0} of {made:#,0} messages", inOrder && messages == made),
                new("a filter that leaves all out finds nothing and comes to the end", found.Count == 0),
            ],
        };
    }

    private static async Task<(double Seconds, int Pages, List<EventResponse> Read)> ReadAsync(CaasRestClient backend, string[]? types, CancellationToken cancellationToken)
    {
        var (read, pages, start) = (new List<EventResponse>(), 0, TimeProvider.System.GetTimestamp());
        EventPage page;
        string? after = null;
        do
        {
            page = await backend.Events.ReadAsync(after, types, Page, cancellationToken: cancellationToken);
            read.AddRange(page.Items);
            (after, pages) = (page.Next, pages + 1);
        }
        while (!page.Complete);
        return (TimeProvider.System.GetElapsedTime(start).TotalSeconds, pages, read);
    }

    /// <summary>Messages of two in many conversations, a few of each in turn.</summary>
    private static async Task<int> FillAsync(CaasRestClient backend, int events, Stage stage, CancellationToken cancellationToken)
    {
        await backend.Users.UpsertAsync([new("ann", "Ann"), new("bob", "Bob")], cancellationToken: cancellationToken);
        var (rounds, at) = (events / (Conversations * PerImport), TimeProvider.System.GetUtcNow().AddDays(-1));
        for (var n = 0; n < Conversations; n++)
        {
            await backend.Conversations.CreateAsync(new(ConversationType.Group, $"c-{n}", $"Conversation {n}", ["ann", "bob"]), cancellationToken: cancellationToken);
        }

        for (var round = 0; round < rounds; round++)
        {
            var (first, when) = (round * PerImport, at.AddSeconds(round));
            await Parallel.ForAsync(0, Conversations, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (n, token) =>
            {
                await backend.Messages.ImportAsync($"c-{n}", [.. Enumerable.Range(first, PerImport).Select(i => new ImportMessage($"m-{i}", when, i % 2 == 0 ? "ann" : "bob", "hello, this is a message of usual length, and a bit more"))], cancellationToken: token);
                stage.Step(PerImport);
            });
        }

        return rounds * Conversations * PerImport;
    }
}
