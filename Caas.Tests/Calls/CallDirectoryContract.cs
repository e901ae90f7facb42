using Caas.Contracts;
using Caas.Core.Calls;
using Caas.Core.Ids;
using Xunit;

namespace Caas.Tests.Calls;

/// <summary>What <see cref="ICallDirectory"/> promises. Adapters inherit it.</summary>
public abstract class CallDirectoryContract
{
    private static readonly TenantId Acme = new("acme");
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Two processes' views of the same calls.</summary>
    protected abstract Task<(ICallDirectory One, ICallDirectory Other)> CreateAsync();

    [Fact]
    public async Task A_call_comes_back_as_it_was_kept_and_its_conversation_has_one_at_a_time()
    {
        var (one, other) = await CreateAsync();
        var call = Call("c1", "room", "ann") with { AnsweredAt = Noon };
        Assert.Equal(CallWriteStatus.Written, (await one.TryAddAsync(call, Noon, Cancelled)).Status);
        Assert.Equivalent(call, await other.FindAsync(call.Key(), Cancelled), strict: true);
        Assert.Equal(new(CallWriteStatus.Taken, "c1"), await other.TryAddAsync(Call("c2", "room", "bob"), Noon, Cancelled));
        Assert.Equal("c1", await other.FindInAsync(Acme, new("room"), Cancelled));
        Assert.Null(await other.FindInAsync(new("globex"), new("room"), Cancelled));
        Assert.Null(await other.FindAsync(new(new("globex"), "c1"), Cancelled));

        // One that is over leaves its conversation to the next, and is still there to be written.
        var over = call with { Version = 2, EndedAt = Noon };
        Assert.Equal(CallWriteStatus.Written, (await other.TryReplaceAsync(over, Noon, Cancelled)).Status);
        Assert.Null(await one.FindInAsync(Acme, new("room"), Cancelled));
        Assert.Equal(CallWriteStatus.Written, (await one.TryAddAsync(Call("c2", "room", "ann"), Noon, Cancelled)).Status);
        await other.DeleteAsync(over.Key(), Cancelled);
        Assert.Null(await one.FindAsync(call.Key(), Cancelled));
        Assert.Equal("c2", await one.FindInAsync(Acme, new("room"), Cancelled));
    }

    [Fact]
    public async Task Of_many_who_change_the_same_version_one_does()
    {
        var (one, other) = await CreateAsync();
        var call = Call("c1", "room", "ann");
        await one.TryAddAsync(call, Noon, Cancelled);
        var written = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? one : other).TryReplaceAsync(call with { Version = 2, Conversation = "room", AnsweredAt = Noon.AddSeconds(i) }, Noon, Cancelled)));
        Assert.Single(written, write => write.Status == CallWriteStatus.Written);
        Assert.Equal(19, written.Count(write => write.Status == CallWriteStatus.Stale));
        Assert.Equal(CallWriteStatus.Stale, (await one.TryReplaceAsync(Call("gone", "other", "ann") with { Version = 2 }, Noon, Cancelled)).Status);
    }

    [Fact]
    public async Task A_user_is_in_one_call_at_a_time_and_may_be_rung_by_several()
    {
        var (one, other) = await CreateAsync();
        await one.TryAddAsync(Call("c1", "room", "ann", "bob"), Noon, Cancelled);
        await one.TryAddAsync(Call("c2", "hall", "cy", "bob"), Noon, Cancelled);
        Assert.Equal([new("c1", false), new("c2", false)], (await other.OfUserAsync(Acme, new("bob"), Cancelled)).OrderBy(call => call.CallId));
        Assert.Equal([new("c1", true)], await other.OfUserAsync(Acme, new("ann"), Cancelled));
        Assert.Equal(new(CallWriteStatus.Busy, "ann"), await other.TryAddAsync(Call("c3", "yard", "ann"), Noon, Cancelled));
        Assert.Null(await one.FindInAsync(Acme, new("yard"), Cancelled));

        var answered = Call("c1", "room", "ann") with { Version = 2 };
        answered = answered with { Places = [.. answered.Places, new("bob", CallParticipantState.Joined) { Connection = "b", Replica = "r2" }] };
        Assert.Equal(CallWriteStatus.Written, (await other.TryReplaceAsync(answered, Noon, Cancelled)).Status);
        var second = Call("c2", "hall", "cy") with { Version = 2 };
        second = second with { Places = [.. second.Places, new("bob", CallParticipantState.Joined) { Connection = "b", Replica = "r2" }] };
        Assert.Equal(new(CallWriteStatus.Busy, "bob"), await one.TryReplaceAsync(second, Noon, Cancelled));
        Assert.Equal(CallWriteStatus.Written, (await one.TryReplaceAsync(answered with { Version = 3, EndedAt = Noon }, Noon, Cancelled)).Status);
        Assert.Empty(await one.OfUserAsync(Acme, new("ann"), Cancelled));
        Assert.Equal(CallWriteStatus.Written, (await one.TryReplaceAsync(second, Noon, Cancelled)).Status);
    }

    [Fact]
    public async Task A_call_that_is_pretended_occupies_its_caller_alone_and_one_that_is_joined_so_its_pretender()
    {
        var (one, other) = await CreateAsync();
        await one.TryAddAsync(Call("c1", "room", "ann"), Noon, Cancelled);
        var pretended = Call("c2", "room", "bob", "cy") with { Pretended = true };
        Assert.Equal(CallWriteStatus.Written, (await other.TryAddAsync(pretended, Noon, Cancelled)).Status);
        Assert.Equal("c1", await one.FindInAsync(Acme, new("room"), Cancelled));
        Assert.Empty(await one.OfUserAsync(Acme, new("cy"), Cancelled));
        Assert.Equal([new("c2", true)], await one.OfUserAsync(Acme, new("bob"), Cancelled));
        Assert.Equal(new(CallWriteStatus.Busy, "bob"), await one.TryAddAsync(Call("c3", "hall", "bob"), Noon, Cancelled));
        await one.TryReplaceAsync(pretended with { Version = 2, EndedAt = Noon }, Noon, Cancelled);
        await one.DeleteAsync(pretended.Key(), Cancelled);
        Assert.Equal("c1", await other.FindInAsync(Acme, new("room"), Cancelled));

        var joined = Call("c1", "room", "ann", "bob") with { Version = 2, Pretending = ["bob", "cy"] };
        Assert.Equal(CallWriteStatus.Written, (await one.TryReplaceAsync(joined, Noon, Cancelled)).Status);
        Assert.Equivalent(joined, await other.FindAsync(joined.Key(), Cancelled), strict: true);
        foreach (var user in new[] { "bob", "cy" })
        {
            Assert.Equal([new("c1", true)], await other.OfUserAsync(Acme, new(user), Cancelled));
            Assert.Equal(new(CallWriteStatus.Busy, user), await other.TryAddAsync(Call("c3", "hall", user), Noon, Cancelled));
        }

        var seated = joined with { Version = 3, Guises = [new("cy", CallParticipantState.Joined) { Connection = "cy-1", Replica = "r-cy" }] };
        Assert.Equal(CallWriteStatus.Written, (await one.TryReplaceAsync(seated, Noon, Cancelled)).Status);
        Assert.Equivalent(seated, await other.FindAsync(joined.Key(), Cancelled), strict: true);
        Assert.Equal([(joined.Key(), new UserId("cy"))], await other.ListOnAsync("r-cy", Cancelled));
        Assert.Contains((joined.Key(), "r-cy"), await other.ListLostAsync(["r1"], 10, Cancelled));
        await other.TryReplaceAsync(joined with { Version = 4, Pretending = [] }, Noon, Cancelled);
        Assert.Empty(await one.ListOnAsync("r-cy", Cancelled));
        Assert.Equal([new("c1", false)], await one.OfUserAsync(Acme, new("bob"), Cancelled));
        Assert.Empty(await one.OfUserAsync(Acme, new("cy"), Cancelled));
    }

    [Fact]
    public async Task Due_are_those_whose_time_has_come_until_they_are_changed_or_forgotten()
    {
        var (one, other) = await CreateAsync();
        await one.TryAddAsync(Call("c1", "room", "ann"), Noon.AddSeconds(2), Cancelled);
        await one.TryAddAsync(Call("c2", "hall", "bob"), Noon.AddSeconds(1), Cancelled);
        Assert.Empty(await other.ListDueAsync(Noon, 10, Cancelled));
        Assert.Equal(["c2", "c1"], (await other.ListDueAsync(Noon.AddSeconds(2), 10, Cancelled)).Select(key => key.Id));
        Assert.Equal(["c2"], (await other.ListDueAsync(Noon.AddSeconds(2), 1, Cancelled)).Select(key => key.Id));
        await other.TryReplaceAsync(Call("c2", "hall", "bob") with { Version = 2 }, Noon.AddSeconds(9), Cancelled);
        await other.DeleteAsync(new(Acme, "c1"), Cancelled);
        Assert.Empty(await one.ListDueAsync(Noon.AddSeconds(2), 10, Cancelled));

        // Putting off changes nothing else, and brings nothing back.
        await one.PutOffAsync(new(Acme, "c2"), Noon.AddSeconds(3), Cancelled);
        await one.PutOffAsync(new(Acme, "c1"), Noon, Cancelled);
        Assert.Equal(["c2"], (await other.ListDueAsync(Noon.AddSeconds(3), 10, Cancelled)).Select(key => key.Id));
        Assert.Equal([null, 2L], await other.ListVersionsAsync([new(Acme, "c1"), new(Acme, "c2")], Cancelled));
    }

    [Fact]
    public async Task Calls_with_devices_on_replicas_that_are_gone_are_found_until_they_have_none_there()
    {
        var (one, other) = await CreateAsync();
        await one.TryAddAsync(Call("c1", "room", "ann"), Noon, Cancelled);
        Assert.Empty(await other.ListLostAsync(["r1", "r2"], 10, Cancelled));
        Assert.Equal([(new CallKey(Acme, "c1"), "r1")], await other.ListLostAsync(["r2"], 10, Cancelled));
        Assert.Equal([(new CallKey(Acme, "c1"), new UserId("ann"))], await other.ListOnAsync("r1", Cancelled));
        Assert.Empty(await other.ListOnAsync("r2", Cancelled));
        var lost = Call("c1", "room", "ann") with { Version = 2, Places = [new("ann", CallParticipantState.Reconnecting) { Deadline = Noon }] };
        await one.TryReplaceAsync(lost, Noon, Cancelled);
        Assert.Empty(await other.ListLostAsync([], 10, Cancelled));
        Assert.Empty(await other.ListOnAsync("r1", Cancelled));
    }

    [Fact]
    public async Task Signals_are_kept_in_order_until_the_device_has_taken_them_and_go_to_it_from_then_on()
    {
        var (one, other) = await CreateAsync();
        var (key, ann, bob) = (new CallKey(Acme, "c1"), new UserId("ann"), new UserId("bob"));
        Assert.Equal(SignalRouteStatus.Gone, (await one.RouteAsync(key, ann, bob, "0", Cancelled)).Status);
        await one.TryAddAsync(Call("c1", "room", "ann", "bob"), Noon, Cancelled);
        foreach (var signal in new[] { "1", "2", "3" })
        {
            Assert.Equal(SignalRouteStatus.Kept, (await one.RouteAsync(key, ann, bob, signal, Cancelled)).Status);
        }

        Assert.Empty(await other.TakeSignalsAsync(key, bob, "b1", Cancelled));
        var answered = Call("c1", "room", "ann") with { Version = 2 };
        answered = answered with { Places = [.. answered.Places, new("bob", CallParticipantState.Joined) { Connection = "b1", Replica = "r2" }] };
        await other.TryReplaceAsync(answered, Noon, Cancelled);
        Assert.Empty(await other.TakeSignalsAsync(key, bob, "b2", Cancelled));
        Assert.Equal(["1", "2", "3"], await other.TakeSignalsAsync(key, bob, "b1", Cancelled));
        Assert.Equal(SignalRouteStatus.Kept, (await one.RouteAsync(key, ann, bob, "4", Cancelled)).Status);
        Assert.Equal(["4"], await other.TakeSignalsAsync(key, bob, "b1", Cancelled));
        Assert.Empty(await other.TakeSignalsAsync(key, bob, "b1", Cancelled));
        Assert.Equal(new(SignalRouteStatus.Direct, "b1"), await one.RouteAsync(key, ann, bob, "5", Cancelled));

        // It stays so while the call changes, and ends with the device.
        await one.TryReplaceAsync(answered with { Version = 3 }, Noon, Cancelled);
        Assert.Equal(SignalRouteStatus.Direct, (await one.RouteAsync(key, ann, bob, "6", Cancelled)).Status);
        await one.TryReplaceAsync(answered with { Version = 4, Places = [answered.Places[0], new("bob", CallParticipantState.Reconnecting) { Deadline = Noon }] }, Noon, Cancelled);
        Assert.Equal(SignalRouteStatus.Kept, (await one.RouteAsync(key, ann, bob, "7", Cancelled)).Status);
        await one.DeleteAsync(key, Cancelled);
        await one.TryAddAsync(Call("c1", "room", "ann") with { Places = [.. Call("c1", "room", "ann").Places, new("bob", CallParticipantState.Joined) { Connection = "b1", Replica = "r2" }] }, Noon, Cancelled);
        Assert.Empty(await other.TakeSignalsAsync(key, bob, "b1", Cancelled));
    }

    [Fact]
    public async Task Signals_are_kept_up_to_so_many_of_each_to_each_and_so_many_bytes_in_all()
    {
        var (one, other) = await CreateAsync();
        var (key, ann, bob, cy) = (new CallKey(Acme, "c1"), new UserId("ann"), new UserId("bob"), new UserId("cy"));
        var call = Call("c1", "room", "ann", "bob", "cy");
        await one.TryAddAsync(call, Noon, Cancelled);
        Assert.Equal(Enumerable.Repeat(SignalRouteStatus.Kept, KeptSignals.MostOfPair), await RouteAsync(ann, bob, "{}", KeptSignals.MostOfPair));
        Assert.Equal([SignalRouteStatus.Full], await RouteAsync(ann, bob, "{}", 1));

        // Others are not held up by that, until all of it is too much: 65,536 bytes each, of 2 bytes a letter.
        var large = new string('é', 32 * 1024);
        Assert.Equal(Enumerable.Repeat(SignalRouteStatus.Kept, 15), await RouteAsync(ann, cy, large, 15));
        Assert.Equal([SignalRouteStatus.Full], await RouteAsync(bob, cy, large, 1));
        Assert.Equal([SignalRouteStatus.Kept], await RouteAsync(bob, cy, "{}", 1));

        // What was taken counts no more.
        call = call with { Version = 2, Places = [call.Places[0], call.Places[1], new("cy", CallParticipantState.Joined) { Connection = "c", Replica = "r2" }] };
        await one.TryReplaceAsync(call, Noon, Cancelled);
        Assert.Equal(16, (await other.TakeSignalsAsync(key, cy, "c", Cancelled)).Count);
        Assert.Equal([SignalRouteStatus.Kept], await RouteAsync(cy, bob, large, 1));
        return;

        async Task<IReadOnlyList<SignalRouteStatus>> RouteAsync(UserId from, UserId to, string signal, int times)
        {
            var statuses = new List<SignalRouteStatus>();
            for (var i = 0; i < times; i++)
            {
                statuses.Add((await (i % 2 == 0 ? one : other).RouteAsync(key, from, to, signal, Cancelled)).Status);
            }

            return statuses;
        }
    }

    [Fact]
    public async Task What_was_said_by_or_to_who_has_gone_is_dropped()
    {
        var (one, other) = await CreateAsync();
        var (key, ann, bob, cy) = (new CallKey(Acme, "c1"), new UserId("ann"), new UserId("bob"), new UserId("cy"));
        var call = Call("c1", "room", "ann", "bob", "cy");
        await one.TryAddAsync(call, Noon, Cancelled);
        await one.RouteAsync(key, ann, bob, "to who declines", Cancelled);
        await one.RouteAsync(key, ann, cy, "stays", Cancelled);
        call = await PutAsync(call, new("bob", CallParticipantState.Declined));
        call = await PutAsync(call, new("bob", CallParticipantState.Ringing) { Deadline = Noon.AddSeconds(30) });
        await other.RouteAsync(key, ann, bob, "new", Cancelled);
        call = await PutAsync(call, new("bob", CallParticipantState.Joined) { Connection = "b", Replica = "r2" });
        Assert.Equal(["new"], await one.TakeSignalsAsync(key, bob, "b", Cancelled));

        await one.RouteAsync(key, bob, cy, "by who leaves", Cancelled);
        call = await PutAsync(call, new("bob", CallParticipantState.Left));
        await PutAsync(call, new("cy", CallParticipantState.Joined) { Connection = "c", Replica = "r2" });
        Assert.Equal(["stays"], await one.TakeSignalsAsync(key, cy, "c", Cancelled));
        return;

        async Task<CallState> PutAsync(CallState before, CallPlace place)
        {
            var after = before with { Version = before.Version + 1, Places = [.. before.Places.Select(one => one.User == place.User ? place : one)] };
            Assert.Equal(CallWriteStatus.Written, (await other.TryReplaceAsync(after, Noon, Cancelled)).Status);
            return after;
        }
    }

    private static CallState Call(string id, string conversation, string by, params string[] ringing) => new()
    {
        Tenant = "acme",
        Id = id,
        Conversation = conversation,
        Direct = false,
        Media = CallMedia.Audio,
        StartedBy = by,
        StartedAt = Noon,
        Version = 1,
        Places = [new(by, CallParticipantState.Joined) { Connection = by, Replica = "r1", Audio = true, JoinedAt = Noon }, .. ringing.Select(user => new CallPlace(user, CallParticipantState.Ringing) { Deadline = Noon.AddSeconds(30) })],
    };
}

public sealed class LocalCallDirectoryTests : CallDirectoryContract
{
    protected override Task<(ICallDirectory One, ICallDirectory Other)> CreateAsync()
    {
        var directory = new LocalCallDirectory();
        return Task.FromResult<(ICallDirectory, ICallDirectory)>((directory, directory));
    }
}
