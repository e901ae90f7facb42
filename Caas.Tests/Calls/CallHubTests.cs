using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Calls;
using Caas.Core.Entries;
using Caas.Tests.Realtime;
using Xunit;
using static Caas.Contracts.CallParticipantState;

namespace Caas.Tests.Calls;

/// <summary>Calls over the hub of two replicas: one acts on one, the others are on the other.</summary>
public sealed class CallHubTests : IAsyncLifetime
{
    private static readonly string[] Users = ["alice", "bob", "carol", "dave"];
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync(users: Users, settings: new()
    {
        ["Caas:Calls:Period"] = "00:00:00.100",
    });

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Fact]
    public async Task All_devices_ring_and_one_answers()
    {
        var alice = await SeatAsync("alice");
        CallSeat[] bobs = [await SeatAsync("bob", 1), await SeatAsync("bob", 0, messagePack: true)];
        var call = await alice.StartAsync("bob");
        Assert.Equal(("alice", CallMedia.Video), (call.StartedBy, call.Media));
        foreach (var bob in bobs)
        {
            Assert.Equal(new(call.CallId, call.ConversationId, "alice", CallMedia.Video), await bob.NextAsync<CallRinging>());
        }

        // One that connects while it rings is told too.
        var third = await SeatAsync("bob", 1);
        Assert.Equal(call.CallId, (await third.NextAsync<CallRinging>()).CallId);

        var answered = await bobs[0].AcceptAsync(call.CallId);
        Assert.NotNull(answered.AnsweredAt);
        foreach (var seat in new[] { alice, bobs[1], third })
        {
            Assert.Equal(new(call.CallId, "bob"), await seat.NextAsync<CallAccepted>());
        }

        Assert.StartsWith("call_elsewhere: ", await third.Client.RefusalAsync("AcceptCall", call.CallId), StringComparison.Ordinal);
        await bobs[0].LeaveAsync(call.CallId);
        Assert.Equal(CallOutcome.Completed, (await alice.NextAsync<CallEnded>()).Reason);
        Assert.StartsWith("call_not_found: ", await alice.Client.RefusalAsync("LeaveCall", call.CallId), StringComparison.Ordinal);

        var entries = await EntriesAsync(call.ConversationId);
        Assert.Equal([EntryTypes.ConversationCreated, EntryTypes.CallStarted, EntryTypes.CallEnded], entries.Select(entry => entry.Type));
        Assert.Equal(($"call:{call.CallId}:started", "alice"), (entries[1].ClientMessageId, entries[1].ActorId));
        Assert.Equal(($"call:{call.CallId}:ended", null), (entries[2].ClientMessageId, entries[2].ActorId));
        Assert.Equal("completed", entries[2].Data!.Value.GetProperty("outcome").GetString());
    }

    [Theory]
    [InlineData("declined", CallOutcome.Declined)]
    [InlineData("busy", CallOutcome.Busy)]
    [InlineData("cancelled", CallOutcome.Cancelled)]
    public async Task A_call_that_nobody_answers_ends_for_all_devices_and_is_on_record(string how, CallOutcome outcome)
    {
        var (alice, bob, phone) = (await SeatAsync("alice"), await SeatAsync("bob", 1), await SeatAsync("bob", 0));
        var call = await alice.StartAsync("bob");
        await bob.NextAsync<CallRinging>();
        await phone.NextAsync<CallRinging>();
        await (how switch
        {
            "cancelled" => alice.LeaveAsync(call.CallId),
            _ => bob.DeclineAsync(call.CallId, how),
        });
        foreach (var seat in new[] { alice, bob, phone })
        {
            Assert.Equal(new(call.CallId, outcome, 0), await seat.NextAsync<CallEnded>());
        }

        var record = await RecordAsync(call.CallId);
        Assert.Equal((outcome, 0L), (record.Outcome, record.DurationSeconds));
        Assert.Contains(record.Participants, participant => participant.UserId == "bob" && participant.State == (how is "declined" ? Declined : how is "busy" ? Busy : Missed));
    }

    [Fact]
    public async Task Who_calls_each_other_at_once_has_one_call()
    {
        var (alice, bob) = (await SeatAsync("alice"), await SeatAsync("bob", 1));
        var calls = await Task.WhenAll(alice.StartAsync("bob"), bob.StartAsync("alice"));
        Assert.Equal(calls[0].CallId, calls[1].CallId);
        await Eventually.HoldsAsync(async () => (await _replicas.Calls.FindAsync(new(Replicas.Tenant, calls[0].CallId), Cancelled))?.Places.Count(place => place.State == Joined) == 2 ? null : "both are in it", Cancelled);
        Assert.Equal(calls[0].CallId, (await alice.StartAsync("bob")).CallId);
    }

    [Fact]
    public async Task Who_is_in_a_call_is_busy_for_another_and_it_is_told_and_on_record()
    {
        var (alice, bob, carol) = (await SeatAsync("alice"), await SeatAsync("bob", 1), await SeatAsync("carol", 1));
        var call = await alice.StartAsync("bob");
        await bob.AcceptAsync(call.CallId);
        var second = await carol.StartAsync("bob");
        Assert.Equal(Busy, second.Participants.Single(participant => participant.UserId == "bob").State);
        Assert.Equal("busy", (await carol.NextAsync<CallDeclined>()).Reason);
        Assert.Equal(CallOutcome.Busy, (await carol.NextAsync<CallEnded>()).Reason);
        Assert.Equal(CallOutcome.Busy, (await RecordAsync(second.CallId)).Outcome);
        Assert.DoesNotContain(bob.Rest(), news => news is CallRinging ringing && ringing.CallId == second.CallId);
        Assert.StartsWith("busy: ", await alice.Client.RefusalAsync("StartCall", new StartCallRequest(["carol"])), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signals_reach_the_device_that_answered_in_order_and_those_before_it_first()
    {
        var (alice, bob, phone) = (await SeatAsync("alice"), await SeatAsync("bob", 1, messagePack: true), await SeatAsync("bob", 0));
        var call = await alice.StartAsync("bob");
        await alice.SignalAsync(call.CallId, "bob", SignalKind.Offer, new { sdp = "v=0 1" });
        for (var i = 0; i < 20; i++)
        {
            await alice.SignalAsync(call.CallId, "bob", SignalKind.Candidate, new { candidate = i });
        }

        await bob.AcceptAsync(call.CallId);
        for (var i = 20; i < 40; i++)
        {
            await alice.SignalAsync(call.CallId, "bob", SignalKind.Candidate, new { candidate = i });
        }

        Assert.Equal("v=0 1", (await bob.NextAsync<CallSignal>()).Payload.GetProperty("sdp").GetString());
        for (var i = 0; i < 40; i++)
        {
            var signal = await bob.NextAsync<CallSignal>();
            Assert.Equal(("alice", i), (signal.FromUserId, signal.Payload.GetProperty("candidate").GetInt32()));
        }

        await bob.SignalAsync(call.CallId, "alice", SignalKind.Answer, "v=0 2");
        Assert.Equal((SignalKind.Answer, "v=0 2"), (await alice.NextAsync<CallSignal>()) switch { var signal => (signal.Kind, signal.Payload.GetString()) });
        Assert.Empty(phone.Rest().OfType<CallSignal>());

        // Nobody else's, from no other device, not too large.
        Assert.StartsWith("call_elsewhere: ", await phone.Client.RefusalAsync("Signal", call.CallId, "alice", Offer("x")), StringComparison.Ordinal);
        Assert.StartsWith("member_not_found: ", await bob.Client.RefusalAsync("Signal", call.CallId, "carol", Offer("x")), StringComparison.Ordinal);
        Assert.StartsWith("too_large: ", await bob.Client.RefusalAsync("Signal", call.CallId, "alice", Offer(new string('x', CallSignals.MostBytes))), StringComparison.Ordinal);
        var carol = await SeatAsync("carol");
        Assert.StartsWith("call_not_found: ", await carol.Client.RefusalAsync("Signal", call.CallId, "alice", Offer("x")), StringComparison.Ordinal);
        Assert.StartsWith("call_not_found: ", await carol.Client.RefusalAsync("AcceptCall", call.CallId), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_was_lost_comes_back_on_another_replica_and_hears_what_was_said_meanwhile()
    {
        var (alice, bob) = (await SeatAsync("alice"), await SeatAsync("bob", 1));
        var call = await alice.StartAsync("bob");
        await bob.AcceptAsync(call.CallId);
        await bob.Client.DisposeAsync();
        await alice.NextAsync<CallParticipantChanged>(news => news is { UserId: "bob", State: Reconnecting });
        await alice.SignalAsync(call.CallId, "bob", SignalKind.Offer, "again");
        var back = await SeatAsync("bob", 0);
        await back.ResumeAsync(call.CallId);
        await alice.NextAsync<CallParticipantChanged>(news => news is { UserId: "bob", State: Joined });
        Assert.Equal("again", (await back.NextAsync<CallSignal>()).Payload.GetString());
    }

    [Fact]
    public async Task Who_does_not_answer_in_time_has_missed_it_and_who_does_not_come_back_in_time_is_lost()
    {
        await using var impatient = await Replicas.StartAsync(users: Users, settings: new() { ["Caas:Calls:RingTime"] = "00:00:01", ["Caas:Calls:Grace"] = "00:00:00.500", ["Caas:Calls:Period"] = "00:00:00.100" });
        var (alice, bob) = (await CallSeat.TakeAsync(impatient, "alice"), await CallSeat.TakeAsync(impatient, "bob", 1));
        var missed = await alice.StartAsync("bob");
        Assert.Equal("missed", (await alice.NextAsync<CallDeclined>()).Reason);
        foreach (var seat in new[] { alice, bob })
        {
            Assert.Equal(new(missed.CallId, CallOutcome.Missed, 0), await seat.NextAsync<CallEnded>());
        }

        // Both call, so that whoever is late finds the call there.
        var calls = await Task.WhenAll(alice.StartInAsync("room", ["bob"]), bob.StartInAsync("room", ["alice"]));
        await bob.Client.DisposeAsync();
        await alice.NextAsync<CallParticipantChanged>(news => news is { UserId: "bob", State: Left });
        await alice.LeaveAsync(calls[0].CallId);
        Assert.Equal(CallOutcome.Completed, (await alice.NextAsync<CallEnded>()).Reason);
    }

    [Fact]
    public async Task What_rings_is_told_to_nobody_who_has_just_answered_whichever_replica_tells_first()
    {
        var alice = await SeatAsync("alice", 1);
        var (one, other) = (_replicas.Get<CallTeller>(0), _replicas.Get<CallTeller>(1));
        CallNews Ringing(string call) => new(["alice"], new CallRinging(call, "room", "bob", CallMedia.Audio));
        one.Tell("acme", [new(["alice"], new CallAccepted("glare", "alice"))]);
        await alice.NextAsync<CallAccepted>();
        other.Tell("acme", [Ringing("glare"), Ringing("another")]);
        Assert.Equal("another", (await alice.NextAsync<CallRinging>()).CallId);

        // Who has left may be called again.
        other.Tell("acme", [new(["alice"], new CallParticipantChanged("glare", "alice", Left, false, false)), Ringing("glare")]);
        Assert.Equal("glare", (await alice.NextAsync<CallRinging>()).CallId);
    }

    [Fact]
    public async Task Whom_somebody_names_who_joins_by_starting_rings_too()
    {
        var (alice, carol, dave) = (await SeatAsync("alice"), await SeatAsync("carol", 1), await SeatAsync("dave"));
        var call = await alice.StartInAsync("room", ["bob"]);
        var joined = await carol.StartInAsync("room", ["dave", "bob"]);
        Assert.Equal((call.CallId, Ringing), (joined.CallId, joined.Participants.Single(one => one.UserId == "dave").State));
        Assert.Equal((call.CallId, "carol"), await dave.NextAsync<CallRinging>() is var ringing ? (ringing.CallId, ringing.FromUserId) : default);
    }

    [Fact]
    public async Task A_group_call_rings_all_lets_late_ones_in_and_ends_with_the_last()
    {
        var (alice, bob, carol, dave) = (await SeatAsync("alice"), await SeatAsync("bob", 1), await SeatAsync("carol", 1), await SeatAsync("dave"));
        var call = await alice.StartInAsync("room", ["bob"]);
        await bob.NextAsync<CallRinging>();
        await bob.AcceptAsync(call.CallId);
        await carol.StartInAsync("room"); // Joins what is there.
        Assert.Equal(new(call.CallId, "carol"), await alice.NextAsync<CallAccepted>(news => news.UserId == "carol"));

        await bob.Client.CallAsync("InviteToCall", call.CallId, new[] { "dave" });
        Assert.Equal("bob", (await dave.NextAsync<CallRinging>()).FromUserId);
        await dave.AcceptAsync(call.CallId);
        await dave.Client.CallAsync("SetCallMedia", call.CallId, new CallMediaState(false, true));
        Assert.Equal((false, true), await alice.NextAsync<CallParticipantChanged>(news => news is { UserId: "dave", State: Joined, Audio: false }) switch { var news => (news.Audio, news.Video) });
        Assert.StartsWith("not_allowed: ", await bob.Client.RefusalAsync("RemoveFromCall", call.CallId, "dave"), StringComparison.Ordinal);
        await alice.Client.CallAsync("RemoveFromCall", call.CallId, "dave");
        Assert.Equal(Removed, (await dave.NextAsync<CallParticipantChanged>(news => news is { UserId: "dave", State: not Joined })).State);
        Assert.StartsWith("not_allowed: ", await dave.Client.RefusalAsync("AcceptCall", call.CallId), StringComparison.Ordinal);

        // Who is no member any more is in no call either.
        await _replicas.RemoveAsync("carol");
        await alice.NextAsync<CallParticipantChanged>(news => news is { UserId: "carol", State: Removed });
        await alice.LeaveAsync(call.CallId);
        await bob.NextAsync<CallParticipantChanged>(news => news is { UserId: "alice", State: Left });
        await bob.LeaveAsync(call.CallId);
        Assert.Equal(CallOutcome.Completed, (await bob.NextAsync<CallEnded>()).Reason);
        var record = await RecordAsync(call.CallId);
        Assert.Equal(["alice", "bob", "carol", "dave"], record.Participants.Select(participant => participant.UserId).Order());
    }

    [Fact]
    public async Task What_devices_measure_is_added_up_and_issues_are_found()
    {
        var (alice, bob) = (await SeatAsync("alice"), await SeatAsync("bob", 1));
        var call = await alice.StartAsync("bob");
        Assert.StartsWith("call_not_found: ", await bob.Client.RefusalAsync("ReportCallQuality", call.CallId, new CallQualityReport(1, 1, 1, 1)), StringComparison.Ordinal);
        await bob.AcceptAsync(call.CallId);
        await bob.Client.CallAsync("ReportCallQuality", call.CallId, new CallQualityReport(100, 1, 10, 500.5, 30, "640x480"));
        await bob.Client.CallAsync("ReportCallQuality", call.CallId, new CallQualityReport(500, 4, 60, 50));
        await bob.LeaveAsync(call.CallId);
        await alice.Client.CallAsync("ReportCallQuality", call.CallId, new CallQualityReport(20, 0, 1, 900));
        Assert.StartsWith("validation_failed: ", await alice.Client.RefusalAsync("ReportCallQuality", call.CallId, new CallQualityReport(-1, 0, 0, 0)), StringComparison.Ordinal);

        var quality = await _replicas.Get<CallHistory>(1).GetQualityAsync(_replicas.CallerOf("alice"), call.CallId, Cancelled);
        Assert.Equal(["alice", "bob"], quality.Participants.Select(one => one.UserId));
        Assert.Equal((2, new(300, 2.5, 35, 275.25), new(500, 4, 60, 50), new CallQualityIssues(1, 1, 1, 1)), (quality.Participants[1].Reports, quality.Participants[1].Average, quality.Participants[1].Worst, quality.Participants[1].Issues));
        Assert.Equal(new(0, 0, 0, 0), quality.Participants[0].Issues);
    }

    [Fact]
    public async Task What_cannot_be_called_is_refused_in_words()
    {
        var alice = await SeatAsync("alice");
        Assert.StartsWith("validation_failed: conversationId", await alice.Client.RefusalAsync("StartCall", new StartCallRequest(["bob", "carol"])), StringComparison.Ordinal);
        Assert.StartsWith("validation_failed: userIds", await alice.Client.RefusalAsync("StartCall", new StartCallRequest(["alice"])), StringComparison.Ordinal);
        Assert.StartsWith("user_not_found: ", await alice.Client.RefusalAsync("StartCall", new StartCallRequest(["nobody"])), StringComparison.Ordinal);
        Assert.StartsWith("member_not_found: ", await alice.Client.RefusalAsync("StartCall", new StartCallRequest(["nobody"], "room")), StringComparison.Ordinal);
        var call = await alice.StartAsync("bob");
        Assert.StartsWith("validation_failed: reason", await alice.Client.RefusalAsync("DeclineCall", call.CallId, "tired"), StringComparison.Ordinal);
        Assert.StartsWith("not_allowed: ", await alice.Client.RefusalAsync("InviteToCall", call.CallId, new[] { "carol" }), StringComparison.Ordinal);
        Assert.StartsWith("call_not_found: ", await alice.Client.RefusalAsync("AcceptCall", "a/b"), StringComparison.Ordinal);
    }

    private static CallSignalRequest Offer(object payload) => new(SignalKind.Offer, JsonSerializer.SerializeToElement(payload));

    private Task<CallSeat> SeatAsync(string user, int replica = 0, bool messagePack = false) => CallSeat.TakeAsync(_replicas, user, replica, messagePack);

    /// <summary>As REST tells it, once its end is written.</summary>
    private async Task<CallResponse> RecordAsync(string call)
    {
        CallResponse? record = null;
        await Eventually.HoldsAsync(async () => (record = await _replicas.Get<CallHistory>(1).GetAsync(_replicas.CallerOf("alice") with { User = null }, call, Cancelled)).EndedAt is not null ? null : "it is over", Cancelled);
        return record!;
    }

    private async Task<IReadOnlyList<EntryResponse>> EntriesAsync(string conversation)
    {
        EntryPage? page = null;
        await Eventually.HoldsAsync(async () => (page = await _replicas.Get<EntryReader>(1).ReadAfterAsync(Replicas.System, new(conversation), 0, 100, Cancelled)).Items[^1].Type == EntryTypes.CallEnded ? null : "the end is written", Cancelled);
        return page!.Items;
    }
}
