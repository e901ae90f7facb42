using Caas.Contracts;
using Caas.Core.Calls;
using CsCheck;
using Xunit;
using static Caas.Contracts.CallParticipantState;

namespace Caas.Tests.Calls;

/// <summary>The life of a call, without clocks and networks.</summary>
public sealed class CallMachineTests
{
    private static readonly CallTimes Times = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(20), Most: 3, TimeSpan.FromHours(1));
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void One_who_answers_and_hangs_up_makes_a_completed_call()
    {
        var call = Answered(Direct());
        Assert.Equal((Joined, Noon), (call.Find("bob")!.State, call.AnsweredAt));
        var step = CallMachine.Leave(call, "bob", Times, Noon.AddSeconds(65));
        Assert.Equal((CallOutcome.Completed, 65, Left, Left), (step.Call.Outcome, step.Call.Seconds(), step.Call.Find("ann")!.State, step.Call.Find("bob")!.State));
        Assert.Equal(new CallEnded("1", CallOutcome.Completed, 65), step.News[^1].News);
        Assert.Equal(["ann", "bob"], step.News[^1].To.Order());
    }

    [Theory]
    [InlineData(CallAction.Decline, CallOutcome.Declined, Declined)]
    [InlineData(CallAction.TellBusy, CallOutcome.Busy, Busy)]
    [InlineData(CallAction.GiveUp, CallOutcome.Missed, Missed)]
    [InlineData(CallAction.Leave, CallOutcome.Cancelled, Missed)]
    [InlineData(CallAction.Forget, CallOutcome.Cancelled, Missed)]
    public void A_call_that_nobody_answers_ends_as_it_was(CallAction what, CallOutcome outcome, CallParticipantState callee)
    {
        var call = Direct();
        var ended = what switch
        {
            CallAction.Decline => CallMachine.Decline(call, "bob", busy: false, Times, Noon),
            CallAction.TellBusy => CallMachine.Decline(call, "bob", busy: true, Times, Noon),
            CallAction.GiveUp => CallMachine.Tick(call, Times, Noon.AddSeconds(30)),
            CallAction.Leave => CallMachine.Leave(call, "ann", Times, Noon),
            _ => CallMachine.Tick(CallMachine.Lose(call, "ann", "a1", Times, Noon).Call, Times, Noon.AddSeconds(20)),
        };
        Assert.Equal((outcome, 0, callee), (ended.Call.Outcome, ended.Call.Seconds(), ended.Call.Find("bob")!.State));
        Assert.Same(call, CallMachine.Tick(call, Times, Noon.AddSeconds(29)).Call);
    }

    [Fact]
    public void Who_answers_on_one_device_does_not_on_another_but_may_take_it_over()
    {
        var call = Answered(Direct());
        Assert.Same(call, CallMachine.Join(call, "bob", new("b2", "r2"), resume: false, Times, Noon).Call);
        var moved = CallMachine.Join(call, "bob", new("b2", "r2"), resume: true, Times, Noon.AddSeconds(1));
        Assert.Equal(("b2", "r2"), (moved.Call.Find("bob")!.Connection, moved.Call.Find("bob")!.Replica));
        Assert.Same(moved.Call, CallMachine.Lose(moved.Call, "bob", "b1", Times, Noon).Call);
    }

    [Fact]
    public void Who_called_with_sound_alone_and_joins_a_call_with_pictures_shows_none()
    {
        var asked = CallMachine.Join(Direct(), "bob", new("b1", "r1"), resume: false, Times, Noon, CallMedia.Audio).Call.Find("bob")!;
        var answered = Answered(Direct()).Find("bob")!;
        Assert.Equal((true, false, true, true), (asked.Audio, asked.Video, answered.Audio, answered.Video));
    }

    [Fact]
    public void Who_is_lost_may_come_back_for_twenty_seconds()
    {
        var lost = CallMachine.Lose(Answered(Direct()), "bob", "b1", Times, Noon.AddSeconds(10)).Call;
        Assert.Equal((Reconnecting, Noon.AddSeconds(30)), (lost.Find("bob")!.State, CallMachine.Due(lost, Times)));
        Assert.Equal(Joined, CallMachine.Join(lost, "bob", new("b2", "r2"), resume: true, Times, Noon.AddSeconds(29)).Call.Find("bob")!.State);
        var over = CallMachine.Tick(lost, Times, Noon.AddSeconds(30)).Call;
        Assert.Equal((CallOutcome.Lost, 30), (over.Outcome, over.Seconds()));
    }

    [Fact]
    public void A_group_lives_while_somebody_is_in_it_and_has_room_for_so_many()
    {
        var call = CallMachine.Start(Made(direct: false), new("a1", "r1"), ["bob", "cy", "dan", "eve"], Times, Noon).Call;
        call = Join(Join(call, "bob"), "cy");
        Assert.Same(call, CallMachine.Join(call, "dan", new("d1", "r1"), resume: false, Times, Noon).Call);
        call = CallMachine.Leave(call, "ann", Times, Noon.AddSeconds(5)).Call;
        call = Join(call, "dan");
        call = CallMachine.Remove(call, "dan", Times, Noon.AddSeconds(6)).Call;
        Assert.Same(call, CallMachine.Join(call, "dan", new("d1", "r1"), resume: false, Times, Noon).Call);
        Assert.Equal(Ringing, CallMachine.Invite(call, ["dan"], "bob", Times, Noon).Call.Find("dan")!.State);
        call = CallMachine.Tick(call, Times, Noon.AddSeconds(31)).Call;
        Assert.Equal((Missed, null), (call.Find("eve")!.State, call.Outcome));
        call = CallMachine.Leave(CallMachine.Leave(call, "bob", Times, Noon.AddSeconds(40)).Call, "cy", Times, Noon.AddSeconds(41)).Call;
        Assert.Equal((CallOutcome.Completed, 41, 5_000), (call.Outcome, call.Seconds(), call.Find("ann")!.Milliseconds));
    }

    [Fact]
    public void A_replica_that_dies_takes_its_devices_only()
    {
        var call = Join(CallMachine.Start(Made(direct: false), new("a1", "r1"), ["bob"], Times, Noon).Call, "bob", "r2");
        var after = CallMachine.LoseReplica(call, "r1", Times, Noon).Call;
        Assert.Equal((Reconnecting, Joined), (after.Find("ann")!.State, after.Find("bob")!.State));
        Assert.Equal(CallOutcome.Completed, CallMachine.Tick(call, Times, Noon.AddHours(1)).Call.Outcome);
    }

    [Fact]
    public void No_more_ring_than_may_and_no_more_come_than_a_call_holds()
    {
        string[] many = [.. Enumerable.Range(0, 250).Select(i => $"u{i}")];
        var call = CallMachine.Start(Made(direct: false), new("a1", "r1"), many[..30], Times, Noon).Call;
        call = CallMachine.Invite(call, many[30..60], "ann", Times, Noon).Call;
        Assert.Equal((CallMachine.MostPresent, CallMachine.MostPresent), (call.Places.Count, call.Count(place => place.IsPresent())));
        for (var at = Noon; call.Places.Count < CallMachine.MostPlaces;)
        {
            at = at.AddSeconds(31);
            call = CallMachine.Tick(call, Times, at).Call;
            call = CallMachine.Invite(call, many.Where(user => call.Find(user) is null).Take(CallMachine.MostPlaces - call.Places.Count), "ann", Times, at).Call;
        }

        Assert.Same(call, CallMachine.Join(call, "zed", new("z1", "r1"), resume: false, Times, Noon).Call);
        Assert.Equal(Joined, Join(call, "u0").Find("u0")!.State);
    }

    [Fact]
    public void Who_pretends_to_be_in_it_is_heard_by_nobody_and_hears_what_others_do()
    {
        var call = CallMachine.Start(Made(direct: false), new("a1", "r1"), ["bob", "cy"], Times, Noon).Call;
        var step = CallMachine.Pretend(call, "bob", new("b1", "r2"));
        Assert.All(step.News, news => Assert.Equal(["bob"], news.To));
        Assert.Equal((Ringing, Joined), (step.Call.Find("bob")!.State, CallMachine.Seen(step.Call, "bob").Find("bob")!.State));
        Assert.Equal((Ringing, null), (CallMachine.Seen(step.Call, "ann").Find("bob")!.State, step.Call.AnsweredAt));
        Assert.Equal([("ann", true), ("cy", false), ("bob", true)], step.Call.Occupied().Select(place => (place.User, place.IsIn())));
        Assert.Same(step.Call, CallMachine.Pretend(step.Call, "bob", new("b1", "r2")).Call);

        var late = CallMachine.Tick(step.Call, Times, Noon.AddSeconds(30));
        Assert.DoesNotContain(late.News, news => news.To.Contains("bob") && news.News is CallDeclined { UserId: "bob" });
        Assert.Contains(late.News, news => news.To.Contains("bob") && news.News is CallDeclined { UserId: "cy" });
        Assert.Contains("bob", CallMachine.Leave(late.Call, "ann", Times, Noon.AddSeconds(31)).News.Single(news => news.News is CallEnded).To);
        var left = CallMachine.Leave(late.Call, "bob", Times, Noon.AddSeconds(31));
        Assert.Equal(["bob"], left.News.Single().To);
        Assert.Equal(new CallParticipantChanged("1", "bob", Left, false, false), left.News.Single().News);
        Assert.Equal((0, Missed), (left.Call.Pretending.Count, left.Call.Find("bob")!.State));

        // Who gives up while it rings has declined.
        Assert.Equal(Declined, CallMachine.Leave(step.Call, "bob", Times, Noon).Call.Find("bob")!.State);
    }

    [Fact]
    public void Who_pretends_and_loses_the_connection_comes_back_in_time_or_is_in_it_no_more_as_anybody()
    {
        var call = CallMachine.Pretend(CallMachine.Start(Made(direct: false), new("a1", "r1"), ["bob"], Times, Noon).Call, "bob", new("b1", "r2")).Call;
        Assert.Same(call, CallMachine.Lose(call, "bob", "b0", Times, Noon).Call);
        Assert.Same(call, CallMachine.LoseReplica(call, "r3", Times, Noon).Call);
        Assert.Equal(CallMachine.Lose(call, "bob", "b1", Times, Noon).Call.Guises, CallMachine.LoseReplica(call, "r2", Times, Noon).Call.Guises);
        var (lost, news) = CallMachine.Lose(call, "bob", "b1", Times, Noon);
        Assert.Equal(["bob"], news.Single().To);
        Assert.Equal((Reconnecting, call.Version + 1, Ringing), (((CallParticipantChanged)news.Single().News).State, lost.Version, lost.Find("bob")!.State));
        Assert.True(lost.Occupied().Single(place => place.User == "bob").IsIn());

        var back = CallMachine.Pretend(lost, "bob", new("b2", "r1"));
        Assert.Equal((Joined, "b2"), (back.Call.SeatOf("bob")!.State, back.Call.SeatOf("bob")!.Connection));
        Assert.Equal(["bob"], back.Call.Pretending);
        Assert.All(back.News, one => Assert.Equal(["bob"], one.To));

        var late = Noon + Times.Grace;
        Assert.True(CallMachine.Due(lost, Times) <= late);
        var gone = CallMachine.Tick(lost, Times, late);
        Assert.DoesNotContain(gone.Call.Occupied(), place => place.User == "bob");
        Assert.Equal((lost.Version + 1, 0, 0), (gone.Call.Version, gone.Call.Pretending.Count, gone.Call.Guises.Count));
        Assert.Contains(gone.News, one => one.To is ["bob"] && one.News is CallParticipantChanged { UserId: "bob", State: Left });
        Assert.Empty(CallMachine.Leave(back.Call, "bob", Times, late).Call.Guises);
    }

    [Fact]
    public void Who_is_erased_is_out_and_known_by_the_pseudonym_alone()
    {
        var call = Join(CallMachine.Start(Made(direct: false), new("a1", "r1"), ["bob"], Times, Noon).Call, "bob");
        var renamed = CallMachine.Rename(call, "ann", "erased-1", Times, Noon.AddSeconds(3));
        Assert.Equal(("erased-1", call.Version + 1), (renamed.Call.StartedBy, renamed.Call.Version));
        Assert.Equal([("erased-1", Removed, 3_000L), ("bob", Joined, 0L)], renamed.Call.Places.Select(place => (place.User, place.State, place.Milliseconds)));
        Assert.Same(renamed.Call, CallMachine.Rename(renamed.Call, "ann", "erased-1", Times, Noon.AddSeconds(4)).Call);
        var over = CallMachine.Rename(Answered(Direct()), "ann", "erased-1", Times, Noon.AddSeconds(3)).Call;
        Assert.Equal((CallOutcome.Completed, "erased-1"), (over.Outcome, over.Places[0].User));
        Assert.Equal("erased-2", CallMachine.Rename(over, "bob", "erased-2", Times, Noon.AddSeconds(4)).Call.Places[1].User);
    }

    [Fact]
    public void Whatever_happens_in_whatever_order_it_keeps_its_rules()
    {
        string[] users = ["ann", "bob", "cy", "dan"];
        Gen.Select(Gen.Bool, Gen.Select(Gen.Int[0, 10], Gen.Int[0, 3], Gen.Int[0, 15_000]).Array[0, 40]).Sample((direct, steps) =>
        {
            var now = Noon;
            var call = CallMachine.Start(Made(direct), new("ann-0", "r0"), direct ? ["bob"] : ["bob", "cy"], Times, now).Call;
            foreach (var (what, who, pause) in steps)
            {
                now = now.AddMilliseconds(pause);
                var user = users[direct ? who % 2 : who];
                var step = what switch
                {
                    0 => CallMachine.Join(call, user, new($"{user}-{pause}", $"r{who}"), resume: false, Times, now),
                    1 => CallMachine.Join(call, user, new($"{user}-{pause}", $"r{who}"), resume: true, Times, now),
                    2 => CallMachine.Decline(call, user, pause % 2 == 0, Times, now),
                    3 => CallMachine.Leave(call, user, Times, now),
                    4 => CallMachine.Remove(call, user, Times, now),
                    5 => CallMachine.Lose(call, user, call.Find(user)?.Connection ?? "none", Times, now),
                    6 => CallMachine.LoseReplica(call, $"r{who}", Times, now),
                    7 => direct ? new(call, []) : CallMachine.Invite(call, [user], "ann", Times, now),
                    10 => CallMachine.Pretend(call, user, new($"{user}-{pause}", $"r{who}")),
                    8 => CallMachine.SetMedia(call, user, new(pause % 2 == 0, pause % 3 == 0)),
                    _ => CallMachine.Tick(call, Times, now),
                };
                if (ReferenceEquals(step.Call, call))
                {
                    Assert.Empty(step.News);
                    continue;
                }

                Assert.Equal(call.Version + 1, step.Call.Version);
                foreach (var place in step.Call.Places.Where(place => call.Find(place.User)?.State != place.State))
                {
                    // Ticks and ends may go two steps at once.
                    var from = call.Find(place.User)?.State;
                    Assert.Contains(place.State, CallMachine.Table.Where(row => row.Key.From == from).Select(row => row.Value));
                }

                call = step.Call;
                Assert.InRange(call.Count(place => place.IsIn()), call.EndedAt is null ? 1 : 0, Times.Most);
                Assert.All(call.Places, place => Assert.Equal(place.State == Joined, place.Connection is not null));
                Assert.All(call.Places, place => Assert.Equal(place.State is Ringing or Reconnecting, place.Deadline is not null));
                if (call.EndedAt is not null)
                {
                    Assert.All(call.Places, place => Assert.False(place.IsPresent()));
                    Assert.Equal(call.AnsweredAt is null, call.Outcome is not (CallOutcome.Completed or CallOutcome.Lost));
                    Assert.Single(step.News, news => news.News is CallEnded);
                    return;
                }
            }
        }, iter: 3_000);
    }

    private static CallState Made(bool direct) => new() { Tenant = "acme", Id = "1", Conversation = "room", Direct = direct, Media = CallMedia.Video, StartedBy = "ann", StartedAt = Noon };

    private static CallState Direct()
    {
        var step = CallMachine.Start(Made(direct: true), new("a1", "r1"), ["bob"], Times, Noon);
        Assert.Equal(new CallRinging("1", "room", "ann", CallMedia.Video), step.News.Single(news => news.To is ["bob"]).News);
        return step.Call;
    }

    private static CallState Answered(CallState call) => Join(call, "bob");

    private static CallState Join(CallState call, string user, string replica = "r1") => CallMachine.Join(call, user, new($"{user[0]}1", replica), resume: false, Times, Noon).Call;
}
