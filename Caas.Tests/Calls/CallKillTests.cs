using System.Globalization;
using Caas.Contracts;
using Caas.Core.Calls;
using Caas.Core.Delivery;
using Caas.Standalone;
using Caas.Tests.Hosts;
using Caas.Tests.Realtime;
using Caas.Tests.Redis;
using Xunit;

namespace Caas.Tests.Calls;

/// <summary>A replica that is a process of its own is killed in the middle of calls with devices of another one.</summary>
public sealed class CallKillTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_comes_back_to_another_replica_goes_on_and_who_does_not_ends_the_call()
    {
        await using RedisServer redis = RealRedis.IsInstalled ? new RealRedis() : new GarnetRedis();
        await redis.StartAsync();
        Dictionary<string, string?> settings = new() { ["Caas:Calls:Period"] = "00:00:00.100", ["Caas:Calls:Grace"] = "00:00:04" };
        await using var replicas = await Replicas.StartAsync(count: 1, settings, redis.ConnectionString, ["alice", "bob", "carol", "dave"]);
        var port = FreePorts.Take();
        await using var process = HostProcess.Start("Caas.Realtime", new Dictionary<string, string>(settings.Select(one => KeyValuePair.Create(one.Key.Replace(":", "__", StringComparison.Ordinal), one.Value!)))
        {
            ["ConnectionStrings__caasdb"] = replicas.Folder.ConnectionString,
            ["ConnectionStrings__redis"] = redis.ConnectionString,
            ["Caas__Realtime__Port"] = port.ToString(CultureInfo.InvariantCulture),
        });
        await process.HealthyAsync(port, Cancelled);
        var url = $"http://127.0.0.1:{port}";
        var (alice, carol, bobsTablet) = (await CallSeat.TakeAsync(replicas, "alice"), await CallSeat.TakeAsync(replicas, "carol"), await CallSeat.TakeAsync(replicas, "bob"));
        var (bob, dave) = (await CallSeat.TakeAsync(replicas, "bob", url: url), await CallSeat.TakeAsync(replicas, "dave", url: url));
        var (group, direct) = (await alice.StartInAsync("room", ["bob"]), await carol.StartAsync("dave"));
        await bob.NextAsync<CallRinging>();
        await bob.AcceptAsync(group.CallId);
        await dave.AcceptAsync(direct.CallId);
        await alice.NextAsync<CallAccepted>(news => news.UserId == "bob");
        var dead = (await replicas.Get<ICallDirectory>().FindAsync(new(Replicas.Tenant, group.CallId), Cancelled))!.Find("bob")!.Replica!;

        process.Kill();

        // Its lease ends 8 s after it was renewed last: nothing is learned by waiting for that.
        await replicas.Get<IReplicaDirectory>().WithdrawAsync(dead, Cancelled);
        await alice.NextAsync<CallParticipantChanged>(news => news is { UserId: "bob", State: CallParticipantState.Reconnecting });
        await alice.SignalAsync(group.CallId, "bob", SignalKind.Offer, "again");
        await bobsTablet.ResumeAsync(group.CallId);
        await alice.NextAsync<CallParticipantChanged>(news => news is { UserId: "bob", State: CallParticipantState.Joined });
        Assert.Equal("again", (await bobsTablet.NextAsync<CallSignal>()).Payload.GetString());

        Assert.Equal(CallOutcome.Lost, (await carol.NextAsync<CallEnded>()).Reason);
        Assert.Equal((CallOutcome.Lost, CallParticipantState.Left), await RecordAsync(direct.CallId, "dave"));
        await bobsTablet.LeaveAsync(group.CallId);
        await alice.LeaveAsync(group.CallId);
        Assert.Equal(CallOutcome.Completed, (await alice.NextAsync<CallEnded>()).Reason);
        Assert.Equal((CallOutcome.Completed, CallParticipantState.Left), await RecordAsync(group.CallId, "bob"));
        return;

        async Task<(CallOutcome?, CallParticipantState)> RecordAsync(string id, string user)
        {
            CallResponse? record = null;
            await Eventually.HoldsAsync(async () => (record = await replicas.Get<CallHistory>().GetAsync(Replicas.System, id, Cancelled)).EndedAt is not null ? null : "the end is on record", Cancelled);
            return (record!.Outcome, record.Participants.Single(one => one.UserId == user).State);
        }
    }
}
