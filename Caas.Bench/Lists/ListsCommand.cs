using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Caas.Bench.Clusters;
using Caas.Bench.Commands;
using Caas.Bench.Reports;
using Caas.Client;
using Caas.Contracts;
using Spectre.Console;

namespace Caas.Bench.Lists;

/// <summary>What a user with very many conversations waits for: the first page of the list, the total of what is unread, one mark. Over HTTP, as a client asks, one call after the other.</summary>
internal static class ListsCommand
{
    private const int Page = 50;
    private const int AtOnce = 16;
    private const double MostMilliseconds = 20;

    public static Command Create(IAnsiConsole console)
    {
        var conversations = CommonOptions.Number("--conversations", "How many conversations the user is in", 10_000, least: 100, most: 1_000_000);
        var calls = CommonOptions.Number("--calls", "How often each question is asked", 500, least: 20, most: 100_000);
        var json = CommonOptions.Json();
        var command = new Command("lists", "The first page of a user's 10,000 conversations, latest activity first, and what is unread in them") { conversations, calls, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var report = await RunAsync(console, parsed.GetValue(conversations), parsed.GetValue(calls), cancellationToken);
            return await console.ShowAsync(report, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<Report> RunAsync(IAnsiConsole console, int conversations, int calls, CancellationToken cancellationToken)
    {
        var at = TimeProvider.System.GetUtcNow();
        await using var cluster = await StandaloneCluster.StartAsync(cancellationToken);
        using var admin = new CaasRestClient(cluster.Gateway, CaasCredential.Admin(cluster.AdminKey));
        await admin.Tenants.CreateAsync(new("Bench", "bench"), cancellationToken: cancellationToken);
        using var backend = new CaasRestClient(cluster.Gateway, CaasCredential.ApiKey((await admin.Tenants.CreateApiKeyAsync("bench", new("bench"), cancellationToken: cancellationToken)).Key));
        await backend.Users.UpsertAsync([new("ann", "Ann"), new("bob", "Bob")], cancellationToken: cancellationToken);
        await console.WithProgressAsync(async stage =>
        {
            stage.Begin("Filling", conversations);
            await FillAsync(backend, conversations, stage, cancellationToken);
            return true;
        });

        var ann = backend.OnBehalfOf("ann");
        while ((await ann.Receipts.GetUnreadAsync(cancellationToken)).Total < conversations)
        {
            // The projector has not come to all of it.
            await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        }

        var (first, second, unread, mark) = (new Latency(), new Latency(), new Latency(), new Latency());
        for (var call = -20; call < calls; call++)
        {
            var keep = call >= 0;
            Page<ConversationResponse> page = null!;
            await TimeAsync(keep ? first : new(), async () => page = await ann.Conversations.PageAsync(limit: Page, cancellationToken: cancellationToken));
            await TimeAsync(keep ? second : new(), () => ann.Conversations.PageAsync(page.Next, Page, cancellationToken: cancellationToken));
            if (page.Items.Count != Page || page.Items.Any(conversation => conversation.Unread is not 1 and not 0))
            {
                throw new BenchException("The list is not what was made.");
            }

            // The one that is shown last is read, and another one becomes the latest.
            await TimeAsync(keep ? mark : new(), () => ann.Receipts.MarkAsync(page.Items[^1].Id, new(ReadSeq: page.Items[^1].LastSeq), cancellationToken));
            if (call % 10 == 0)
            {
                await TimeAsync(keep ? unread : new(), () => ann.Receipts.GetUnreadAsync(cancellationToken));
            }
        }

        return new()
        {
            Command = "lists",
            At = at,
            Settings = new Dictionary<string, string> { ["conversations"] = conversations.ToString("#,0", CultureInfo.InvariantCulture), ["calls"] = calls.ToString("#,0", CultureInfo.InvariantCulture), ["on"] = cluster.Description },
            Figures = [.. Figures(first, $"the first {Page}"), .. Figures(second, $"the next {Page}"), .. Figures(unread, "what is unread in all"), .. Figures(mark, "one mark, durable")],
            Findings = [new(FormattableString.Invariant($"the first page takes {first.At(95):0.0} ms at p95 (at most {MostMilliseconds})"), first.At(95) <= MostMilliseconds)],
        };
    }

    /// <summary>Conversations of two, each with a message that one of them has not read.</summary>
    private static Task FillAsync(CaasRestClient backend, int conversations, Stage stage, CancellationToken cancellationToken)
    {
        var bob = backend.OnBehalfOf("bob");
        return Parallel.ForAsync(0, conversations, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, async (n, token) =>
        {
            await backend.Conversations.CreateAsync(new(ConversationType.Group, $"c-{n}", $"Conversation {n}", ["ann", "bob"]), cancellationToken: token);
            await bob.Messages.SendAsync($"c-{n}", new("hello, this is a message of usual length, and a bit more"), cancellationToken: token);
            stage.Step(1);
        });
    }

    private static async Task TimeAsync(Latency latency, Func<Task> act)
    {
        var start = Stopwatch.GetTimestamp();
        await act();
        latency.Record(Stopwatch.GetTimestamp() - start);
    }

    private static IEnumerable<Figure> Figures(Latency latency, string name) => [new($"{name}, p50", latency.At(50), "ms"), new($"{name}, p95", latency.At(95), "ms"), new($"{name}, p99", latency.At(99), "ms")];
}
