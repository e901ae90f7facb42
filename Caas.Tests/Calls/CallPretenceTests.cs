using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Calls;
using Caas.Tests.Realtime;
using Xunit;
using static Caas.Contracts.CallParticipantState;

namespace Caas.Tests.Calls;

/// <summary>Calls of a shadow-banned user, who notices nothing, while nobody else hears of it.</summary>
public sealed class CallPretenceTests : IAsyncLifetime
{
    private Replicas _replicas = null!;
    private CallSeat _alice = null!;
    private CallSeat _bob = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _replicas = await Replicas.StartAsync(users: ["alice", "bob", "carol"], settings: new() { ["Caas:Calls:Period"] = "00:00:00.100", ["Caas:Calls:RingTime"] = "00:00:02", ["Caas:Calls:Grace"] = "00:00:01" });
        (_alice, _bob) = (await SeatAsync("alice"), await SeatAsync("bob", 1));
        await _replicas.Get<BanService>().PutAsync(Replicas.System, "alice", new("spam", Shadow: true), Cancelled);
        await Eventually.HoldsAsync(async () => await _replicas.Get<BanDirectory>().IsShadowedAsync(Replicas.Tenant, new("alice"), new("room"), Cancelled) ? null : "the ban counts", Cancelled);
    }

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Fact]
    public async Task A_call_is_one_as_any_to_who_makes_it_and_none_to_everybody_else()
    {
        var call = await _alice.StartInAsync("room", ["bob"]);
        Assert.Equal(Ringing, call.Participants.Single(participant => participant.UserId == "bob").State);
        Assert.Equal(call.CallId, (await _alice.StartInAsync("room", ["bob"])).CallId);
        Assert.StartsWith($"busy: You are in call {call.CallId}", await _alice.Client.RefusalAsync("StartCall", new StartCallRequest(["carol"])), StringComparison.Ordinal);
        await _alice.SignalAsync(call.CallId, "bob", SignalKind.Offer, "x");
        Assert.StartsWith("member_not_found: ", await _alice.Client.RefusalAsync("Signal", call.CallId, "carol", new CallSignalRequest(SignalKind.Offer, System.Text.Json.JsonElement.Parse("1"))), StringComparison.Ordinal);
        await _alice.Client.CallAsync("InviteToCall", call.CallId, new[] { "carol" });
        await _alice.Client.CallAsync("SetCallMedia", call.CallId, new CallMediaState(false, false));
        await _alice.Client.CallAsync("ReportCallQuality", call.CallId, new CallQualityReport(1, 1, 1, 1));
        await _alice.NextAsync<CallParticipantChanged>(news => news is { UserId: "carol", State: Ringing });
        Assert.StartsWith("call_not_found: ", await _bob.Client.RefusalAsync("AcceptCall", call.CallId), StringComparison.Ordinal);

        // Others begin a call of their own meanwhile.
        var other = await _bob.StartInAsync("room", ["carol"]);
        Assert.NotEqual(call.CallId, other.CallId);
        await _bob.LeaveAsync(other.CallId);
        await _alice.LeaveAsync(call.CallId);
        Assert.Equal(new(call.CallId, CallOutcome.Cancelled, 0), await _alice.NextAsync<CallEnded>(ended => ended.CallId == call.CallId));
        Assert.StartsWith("call_not_found: ", await _alice.Client.RefusalAsync("LeaveCall", call.CallId), StringComparison.Ordinal);

        await Eventually.HoldsAsync(async () => await _replicas.Calls.FindAsync(new(Replicas.Tenant, call.CallId), Cancelled) is null ? null : "it is forgotten", Cancelled);
        await Eventually.HoldsAsync(async () => (await HistoryAsync()) is [{ EndedAt: not null }] ? null : "the other call is on record", Cancelled);
        Assert.Equal([other.CallId], (await HistoryAsync()).Select(one => one.Id));
        Assert.DoesNotContain(_bob.Rest(), news => news is CallRinging || (news is CallEnded ended && ended.CallId == call.CallId));
    }

    [Fact]
    public async Task A_direct_call_that_nobody_hears_is_missed()
    {
        var call = await _alice.StartAsync("bob");
        Assert.Equal(new(call.CallId, CallOutcome.Missed, 0), await _alice.NextAsync<CallEnded>());
        Assert.Empty(_bob.Rest());
        Assert.Empty(await HistoryAsync());
    }

    [Fact]
    public async Task Who_answers_joins_and_invites_does_so_unheard_until_the_call_is_over()
    {
        var carol = await SeatAsync("carol");
        var call = await _bob.StartInAsync("room", ["alice"]);
        await _alice.NextAsync<CallRinging>();
        var joined = await _alice.AcceptAsync(call.CallId);
        Assert.Equal(Joined, joined.Participants.Single(participant => participant.UserId == "alice").State);
        await _alice.NextAsync<CallAccepted>(news => news.UserId == "alice");
        await _alice.SignalAsync(call.CallId, "bob", SignalKind.Offer, "x");
        await _alice.Client.CallAsync("InviteToCall", call.CallId, new[] { "carol" });
        await _alice.Client.CallAsync("SetCallMedia", call.CallId, new CallMediaState(false, false));
        Assert.StartsWith("busy: ", await _alice.Client.RefusalAsync("StartCall", new StartCallRequest(["carol"])), StringComparison.Ordinal);
        Assert.Equal("missed", (await _bob.NextAsync<CallDeclined>(news => news.UserId == "alice")).Reason);

        // She hears what others do, and that it is over.
        await carol.AcceptAsync(call.CallId);
        await _alice.NextAsync<CallAccepted>(news => news.UserId == "carol");
        await carol.LeaveAsync(call.CallId);
        await _bob.LeaveAsync(call.CallId);
        Assert.Equal(CallOutcome.Completed, (await _alice.NextAsync<CallEnded>()).Reason);
        Assert.DoesNotContain(_bob.Rest().Concat(carol.Rest()), news => news is CallAccepted { UserId: "alice" } or CallSignal or CallRinging);

        // Whom nobody called joins as quietly, and leaves so.
        call = await _bob.StartInAsync("room", ["carol"]);
        await _alice.AcceptAsync(call.CallId);
        await _alice.LeaveAsync(call.CallId);
        await _alice.NextAsync<CallParticipantChanged>(news => news is { UserId: "alice", State: Left });
        Assert.Null((await _replicas.Calls.FindAsync(new(Replicas.Tenant, call.CallId), Cancelled))!.Find("alice"));
        await carol.DeclineAsync(call.CallId);
        await _bob.NextAsync<CallDeclined>(news => news.UserId == "carol");
        Assert.DoesNotContain(_bob.Rest(), news => news is CallAccepted or CallParticipantChanged { UserId: "alice" });
    }

    [Fact]
    public async Task Who_lost_the_connection_comes_back_or_is_soon_free_to_call_others()
    {
        var call = await _bob.StartInAsync("room", ["alice", "carol"]);
        await (await SeatAsync("carol")).AcceptAsync(call.CallId);
        await _alice.AcceptAsync(call.CallId);
        await _alice.Client.DisposeAsync();
        var again = await SeatAsync("alice", 1);
        Assert.Equal(Joined, (await again.ResumeAsync(call.CallId)).Participants.Single(participant => participant.UserId == "alice").State);
        await again.Client.DisposeAsync();
        var last = await SeatAsync("alice");
        await Eventually.HoldsAsync(async () => (await _replicas.Calls.OfUserAsync(Replicas.Tenant, new("alice"), Cancelled)).Any(one => one.IsIn) ? "alice is in the call still" : null, Cancelled);
        Assert.NotEqual(call.CallId, (await last.StartAsync("bob")).CallId);
        Assert.DoesNotContain(_bob.Rest(), news => news is CallAccepted { UserId: "alice" } or CallParticipantChanged { UserId: "alice", State: Joined or Reconnecting or Left });
    }

    private Task<CallSeat> SeatAsync(string user, int replica = 0) => CallSeat.TakeAsync(_replicas, user, replica);

    private async Task<IReadOnlyList<CallResponse>> HistoryAsync() => (await _replicas.Get<CallHistory>().ListAsync(Replicas.System, null, null, null, Cancelled)).Items;
}
