using Caas.Contracts;
using Caas.Core.Calls;
using Caas.Tests.Realtime;
using Caas.Tests.Redis;
using Xunit;

namespace Caas.Tests.Calls;

/// <summary>Calls of two replicas over a Redis that is lost and comes back empty.</summary>
public sealed class CallRedisTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_call_that_Redis_has_lost_is_over_for_all_and_on_record_and_the_next_one_begins(bool real)
    {
        if (real)
        {
            RealRedis.SkipUnlessInstalled();
        }

        await using RedisServer redis = real ? new RealRedis() : new GarnetRedis();
        await redis.StartAsync();
        await using var replicas = await Replicas.StartAsync(redis: redis.ConnectionString, settings: new() { ["Caas:Calls:Period"] = "00:00:00.200" });
        var (alice, bob) = (await CallSeat.TakeAsync(replicas, "alice", 0), await CallSeat.TakeAsync(replicas, "bob", 1));
        var call = await alice.StartAsync("bob");
        Assert.Equal(call.CallId, (await bob.NextAsync<CallRinging>()).CallId);
        await alice.SignalAsync(call.CallId, "bob", SignalKind.Offer, "kept");
        await bob.AcceptAsync(call.CallId);
        Assert.Equal("kept", (await bob.NextAsync<CallSignal>()).Payload.GetString());
        await bob.SignalAsync(call.CallId, "alice", SignalKind.Answer, "direct");
        Assert.Equal("direct", (await alice.NextAsync<CallSignal>()).Payload.GetString());

        await redis.KillAsync();
        await redis.StartAsync();
        foreach (var seat in new[] { alice, bob })
        {
            Assert.Equal((call.CallId, CallOutcome.Lost), (await seat.NextAsync<CallEnded>()) switch { var ended => (ended.CallId, ended.Reason) });
        }

        Assert.Equal(CallOutcome.Lost, (await replicas.Get<CallHistory>(1).GetAsync(Replicas.System, call.CallId, Cancelled)).Outcome);
        await Eventually.HoldsAsync(async () =>
        {
            try
            {
                return (await alice.StartAsync("bob")).CallId != call.CallId ? null : "the call that was lost";
            }
            catch (Microsoft.AspNetCore.SignalR.HubException gone) when (gone.Message.StartsWith("unavailable: ", StringComparison.Ordinal))
            {
                return gone.Message;
            }
        }, Cancelled);
        await bob.NextAsync<CallRinging>();
    }
}
