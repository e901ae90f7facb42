using Caas.Contracts;
using Caas.Core.Calls;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Realtime.Connections;
using Caas.Realtime.Replicas;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Calls;

/// <summary>Calls that a replica kept, and then died or gave up waiting before anybody heard of it.</summary>
public sealed class CallRepairTests : IAsyncLifetime
{
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync(settings: new() { ["Caas:Calls:Period"] = "00:00:00.050", ["Caas:Calls:Grace"] = "00:00:00.200" });

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task Who_calls_again_makes_it_ring(bool started, bool moved)
    {
        var (alice, bob) = (await CallSeat.TakeAsync(_replicas, "alice"), await CallSeat.TakeAsync(_replicas, "bob", 1));
        var call = moved ? await KeptAsync("a-replica-that-is-gone") : await KeptAsync(_replicas.Get<ReplicaLease>().ReplicaId, _replicas.Get<LocalConnections>().OfUser(Replicas.Tenant, new("alice"))[0].Id);
        await (started ? _replicas.Get<CallLog>().StartedAsync(call, Cancelled) : Task.CompletedTask);
        Assert.Equal(call.Id, (await alice.StartInAsync("room", ["bob"])).CallId);
        Assert.Equal(call.Id, (await bob.NextAsync<CallRinging>()).CallId);
        await bob.AcceptAsync(call.Id);
        await alice.NextAsync<CallAccepted>(news => news.UserId == "bob");
        var log = await _replicas.Get<IEntryStore>().ReadAfterAsync(LogId.Of(Replicas.Tenant, new ConversationId("room")), 0, 100, Cancelled);
        Assert.Single(log, entry => entry.Type == EntryTypes.CallStarted);

        // Once it is answered, it stays where it is: the other device has it.
        var tablet = await CallSeat.TakeAsync(_replicas, "alice", 1);
        Assert.StartsWith("call_elsewhere: ", await tablet.Client.RefusalAsync("StartCall", new StartCallRequest(["bob"], "room")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_rang_and_what_rings_no_more_is_told_after_the_backplane_was_away()
    {
        var (alice, bob) = (await CallSeat.TakeAsync(_replicas, "alice"), await CallSeat.TakeAsync(_replicas, "bob", 1));
        _replicas.Backplane.Disconnect();
        var call = await alice.StartInAsync("room", ["bob"]);
        _replicas.Backplane.Connect();
        Assert.Equal(call.CallId, (await bob.NextAsync<CallRinging>()).CallId);

        _replicas.Backplane.Disconnect();
        await alice.LeaveAsync(call.CallId);
        _replicas.Backplane.Connect();
        foreach (var seat in new[] { alice, bob })
        {
            Assert.Equal(new(call.CallId, CallOutcome.Cancelled, 0), await seat.NextAsync<CallEnded>());
        }

        Assert.Empty(bob.Rest());
    }

    [Fact]
    public async Task Who_is_in_a_call_on_a_connection_that_knows_nothing_of_it_is_lost_and_the_call_is_over()
    {
        var call = await KeptAsync(_replicas.Get<ReplicaLease>(1).ReplicaId);
        await Eventually.HoldsAsync(async () => await _replicas.Calls.FindAsync(call.Key(), Cancelled) is null ? null : "the call is over", Cancelled);
        Assert.Equal(CallOutcome.Cancelled, (await _replicas.Get<CallHistory>().GetAsync(Replicas.System, call.Id, Cancelled)).Outcome);
    }

    private async Task<CallState> KeptAsync(string replica, string connection = "a-connection-that-is-gone")
    {
        var changes = _replicas.Get<CallChanges>();
        var call = new CallState { Tenant = "acme", Id = _replicas.Get<IdGenerator>().Next(), Conversation = "room", Direct = false, Media = CallMedia.Audio, StartedBy = "alice", StartedAt = changes.Now };
        call = CallMachine.Start(call, new(connection, replica), ["bob"], changes.Times, changes.Now).Call;
        Assert.Equal(CallWriteStatus.Written, (await _replicas.Calls.TryAddAsync(call, CallMachine.Due(call, changes.Times), Cancelled)).Status);
        return call;
    }
}
