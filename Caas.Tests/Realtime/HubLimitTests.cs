using Caas.Tests.Redis;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>A user's limits hold over all replicas.</summary>
public sealed class HubLimitTests
{
    [Fact]
    public async Task A_user_who_sends_over_two_replicas_has_one_limit_not_two()
    {
        await using var redis = new GarnetRedis();
        await redis.StartAsync();
        await using var replicas = await Replicas.StartAsync(redis: redis.ConnectionString, settings: new() { ["Caas:RateLimits:HubMessagesPerSecond"] = "20" });
        var (one, other) = (await replicas.ConnectAsync("alice", 0), await replicas.ConnectAsync("alice", 1, messagePack: true));

        // Paced: what was spent is told to the other replica behind the calls, so a flood of a few milliseconds may pass twice, and what follows it may not.
        var since = System.Diagnostics.Stopwatch.StartNew();
        var passed = 0;
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var round = 0; round < 15; round++)
        {
            var sent = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => TrySendAsync(i % 2 == 0 ? one : other, (round * 8) + i)));
            passed += sent.Count(passed => passed);
            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        var seconds = since.Elapsed.TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{passed} of 120 passed in {seconds:0.00} s.");

        // A burst is 40, and 20 more come each second; each replica alone would let all of its 60 pass; a third of a burst may pass before the other one hears of it.
        Assert.InRange(passed, 30, 40 + (20 * seconds) + 25);
    }

    [Fact]
    public async Task Marks_may_come_five_times_as_often_as_messages()
    {
        await using var replicas = await Replicas.StartAsync(1, new() { ["Caas:RateLimits:HubMessagesPerSecond"] = "2" });
        var alice = await replicas.ConnectAsync("alice");
        var since = System.Diagnostics.Stopwatch.StartNew();
        var refused = 0;
        for (var mark = 0; mark < 60; mark++)
        {
            refused += await IsLimitedAsync(alice) ? 1 : 0;
        }

        // A burst of 20, and 10 more each second.
        Assert.InRange(refused, 60 - 20 - (int)(10 * since.Elapsed.TotalSeconds) - 1, 40);

        static async Task<bool> IsLimitedAsync(Client client)
        {
            try
            {
                await client.CallAsync("MarkRead", "room", 1L);
                return false;
            }
            catch (Microsoft.AspNetCore.SignalR.HubException refused)
            {
                Assert.StartsWith("rate_limited: ", refused.Message, StringComparison.Ordinal);
                return true;
            }
        }
    }

    private static async Task<bool> TrySendAsync(Client client, int number)
    {
        try
        {
            await client.SendAsync($"message {number}");
            return true;
        }
        catch (Microsoft.AspNetCore.SignalR.HubException refused)
        {
            Assert.StartsWith("rate_limited: ", refused.Message, StringComparison.Ordinal);
            return false;
        }
    }
}
