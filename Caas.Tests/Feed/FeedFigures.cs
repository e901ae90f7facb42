using System.Diagnostics;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Ids;
using Caas.Tests.Entries;
using Caas.Tests.Events;
using Caas.Tests.Sqlite.Feed;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Feed;

/// <summary>What projector and bus do on this machine, on SQLite. Run by name; the figures stand in docs/decisions/0080.</summary>
public sealed class FeedFigures : IAsyncDisposable
{
    private const int Messages = 20_000;
    private const int Logs = 100;

    private readonly FeedWorld _world = new(new SqliteFeedStorage());

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact(Explicit = true)]
    public async Task A_backlog_is_projected_and_consumed()
    {
        for (var log = 0; log < Logs; log++)
        {
            await _world.SayAsync(LogId.Of(new TenantId($"t-{log % 10}"), new ConversationId($"c-{log}")), "ann", Enumerable.Range(0, Messages / Logs).Select(n => $"message {n}"));
        }

        var start = Stopwatch.GetTimestamp();
        var node = await _world.StartProjectorAsync();
        await Eventually.HoldsAsync(async () => await FedAsync() == Messages + Logs ? null : "not all in the feed", Cancelled);
        Tell("projected", start);

        start = Stopwatch.GetTimestamp();
        await using var listener = new Listener(node.Services.GetRequiredService<IEventBus>(), "g");
        await Eventually.HoldsAsync(() => listener.Handled.Count >= Messages, "not all handled", Cancelled);
        Tell("consumed", start);
    }

    [Fact(Explicit = true)]
    public async Task A_lone_message_reaches_summary_and_consumer()
    {
        var node = await _world.StartProjectorAsync();
        await using var listener = new Listener(node.Services.GetRequiredService<IEventBus>(), "g");
        var log = Drafts.Log("c");
        var delays = new List<double>();
        for (var n = 0; n < 50; n++)
        {
            var start = Stopwatch.GetTimestamp();
            await _world.SayAsync(log, "ann", $"message {n}");
            while (listener.Handled.Count <= n)
            {
                await Task.Delay(1, Cancelled);
            }

            delays.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        delays.Sort();
        TestContext.Current.TestOutputHelper!.WriteLine($"append to handler: median {delays[25]:0} ms, highest {delays[^1]:0} ms");
    }

    private async Task<long> FedAsync() => (await Task.WhenAll(Enumerable.Range(0, 10).Select(tenant => _world.Feed.ReadHeadAsync(new($"t-{tenant}"), Cancelled)))).Sum();

    private static void Tell(string what, long start) =>
        TestContext.Current.TestOutputHelper!.WriteLine($"{what} {Messages:N0} messages in {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s: {Messages / Stopwatch.GetElapsedTime(start).TotalSeconds:N0}/s");
}
