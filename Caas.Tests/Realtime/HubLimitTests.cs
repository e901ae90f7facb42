using Caas.Tests.Redis;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>A user's limits hold over all replicas.</summary>
public sealed class HubLimitTests
{
    [Fact]
    public async Task A_user_who_sends_120_messages_over_two_replicas_gets_about_one_burst_through()
    {
        await using var redis = new GarnetRedis();
        await redis.StartAsync();
        await using var replicas = await Replicas.StartAsync(redis: redis.ConnectionString, settings: new() { ["Caas:RateLimits:HubMessagesPerSecond"] = "20" });
        var (one, other) = (await replicas.ConnectAsync("alice", 0), await replicas.ConnectAsync("alice", 1, messagePack: true));

        // What both know of the limiter and of Redis when the flood begins.
        await one.SendAsync("first");
        await other.SendAsync("second");
        var since = System.Diagnostics.Stopwatch.StartNew();
        var sent = await Task.WhenAll(Enumerable.Range(0, 120).Select(i => TrySendAsync(i % 2 == 0 ? one : other, i)));
        var (passed, seconds) = (sent.Count(passed => passed), since.Elapsed.TotalSeconds);
        TestContext.Current.TestOutputHelper?.WriteLine($"{passed} of 120 passed in {seconds:0.00} s.");

        // A burst is 40, and 20 more come each second; each replica alone would let its own burst pass.
        Assert.InRange(passed, 30, 40 + (20 * seconds) + 20);
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
