using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Refusals;
using Caas.Tests.Core;
using Caas.Tests.Realtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Calls;

/// <summary>What happens to calls without anybody doing it.</summary>
public sealed class CallSweepTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly MemoryReplicaDirectory _replicas = new();
    private readonly CorePlatform _platform;
    private Caller _alice = null!;
    private Caller _bob = null!;

    public CallSweepTests() => _platform = new(configure: services =>
    {
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton<IReplicaDirectory>(_replicas);
        services.AddSingleton<IConversationChannels>(new InMemoryBackplane().Process());
    });

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private CallService Calls => _platform.Get<CallService>();

    private CallSweep Sweep => _platform.Get<CallSweep>();

    private ICallDirectory Directory => _platform.Get<ICallDirectory>();

    public async ValueTask InitializeAsync()
    {
        (_alice, _bob) = (await _platform.UserAsync("alice"), await _platform.UserAsync("bob"));
        await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, "room", "Room", ["bob"]), Cancelled);
        foreach (var replica in new[] { "r1", "r2" })
        {
            await _replicas.AnnounceAsync(new(replica, "http://localhost", 0), TimeSpan.FromSeconds(8), Cancelled);
        }
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task A_replica_that_is_gone_takes_its_calls_with_it_unless_their_people_come_back()
    {
        var call = await StartedAsync();
        await _replicas.WithdrawAsync("r2", Cancelled);
        await Sweep.SweepAsync(Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(4));
        await Sweep.SweepAsync(Cancelled);
        Assert.Equal(CallParticipantState.Joined, (await Directory.FindAsync(call.Key(), Cancelled))!.Find("bob")!.State);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await Sweep.SweepAsync(Cancelled);
        Assert.Equal(CallParticipantState.Reconnecting, (await Directory.FindAsync(call.Key(), Cancelled))!.Find("bob")!.State);

        await Calls.JoinAsync(_bob, new("b2", "r1"), call.Id, resume: true, Cancelled);
        await _replicas.WithdrawAsync("r1", Cancelled);
        await Sweep.SweepAsync(Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await Sweep.SweepAsync(Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(20));
        await Sweep.SweepAsync(Cancelled);
        Assert.Null(await Directory.FindAsync(call.Key(), Cancelled));
        Assert.Equal(CallOutcome.Lost, (await RecordAsync(call)).Outcome);
    }

    [Fact]
    public async Task An_end_that_was_not_written_is_written_by_another_once()
    {
        var call = await StartedAsync();
        var over = CallMachine.End(call, _clock.GetUtcNow(), CallOutcome.Completed).Call; // And then the process died.
        await Directory.TryReplaceAsync(over, _clock.GetUtcNow().AddSeconds(5), Cancelled);
        await Sweep.SweepAsync(Cancelled);
        Assert.Null((await RecordAsync(call)).EndedAt);
        _clock.Advance(TimeSpan.FromSeconds(5));
        await Task.WhenAll(Sweep.SweepAsync(Cancelled), _platform.Get<CallChanges>().FinishAsync(over));
        Assert.Equal(CallOutcome.Completed, (await RecordAsync(call)).Outcome);
        Assert.Equal(1, (await _platform.Get<IEntryStore>().ReadAfterAsync(LogId.Of(new("acme"), new("room")), 0, 100, Cancelled)).Count(entry => entry.Type == EntryTypes.CallEnded));
        Assert.Null(await Directory.FindAsync(call.Key(), Cancelled));
    }

    [Fact]
    public async Task What_is_on_record_and_nowhere_else_is_over()
    {
        var call = await StartedAsync();
        await Directory.DeleteAsync(call.Key(), Cancelled); // Redis was emptied.
        await Sweep.EndLostAsync(Cancelled);
        Assert.Null((await RecordAsync(call)).EndedAt);
        _clock.Advance(TimeSpan.FromSeconds(31));
        await Sweep.EndLostAsync(Cancelled);
        await Sweep.EndLostAsync(Cancelled);
        var lost = await RecordAsync(call);
        Assert.Equal((CallOutcome.Lost, 31L), (lost.Outcome, lost.DurationSeconds));
        Assert.Equal([("alice", CallParticipantState.Left, 31L), ("bob", CallParticipantState.Left, 31L)], lost.Participants.Select(one => (one.UserId, one.State, one.Seconds)));

        // The next call is a call as any.
        Assert.NotEqual(call.Id, (await StartedAsync()).Id);
    }

    [Fact]
    public async Task A_call_of_which_the_record_alone_is_left_ends_soon_after_it_was_seen_last_and_whoever_was_in_it_is_told()
    {
        var call = await StartedAsync();
        var heard = new System.Collections.Concurrent.ConcurrentQueue<CallPayload>();
        await using var channel = await _platform.Get<IConversationChannels>().SubscribeAsync(CallTeller.ChannelOf(new("acme")), payload => heard.Enqueue(CallTeller.TryParse(payload)!), Cancelled);
        _clock.Advance(TimeSpan.FromMinutes(10));
        await _platform.Get<CallChanges>().KeepAsync((await Directory.FindAsync(call.Key(), Cancelled))!);

        // Nobody was there for hours.
        await Directory.DeleteAsync(call.Key(), Cancelled);
        _clock.Advance(TimeSpan.FromHours(5));
        await Task.WhenAll(Sweep.EndLostAsync(Cancelled), new CallSweep(_platform.Get<CallChanges>(), Directory, _replicas, _platform.Get<ICallRecordStore>(), _platform.Get<CallLog>(), Microsoft.Extensions.Logging.Abstractions.NullLogger<CallSweep>.Instance).EndLostAsync(Cancelled));
        Assert.Equal((CallOutcome.Lost, 660L), await RecordAsync(call) is var lost ? (lost.Outcome, lost.DurationSeconds) : default);
        await Eventually.HoldsAsync(() => heard.Any(news => news.Ended is not null), "nobody was told", Cancelled);
        var told = Assert.Single(heard, news => news.Ended is not null);
        Assert.Equal((call.Id, CallOutcome.Lost, 660L), (told.Ended!.CallId, told.Ended.Reason, told.Ended.DurationSeconds));
        Assert.Equal(["alice", "bob"], told.To.Order());
    }

    [Fact]
    public async Task A_call_that_cannot_be_written_holds_up_no_other_and_is_given_up_at_last()
    {
        // One of a tenant that was purged while nobody looked after calls, and one whose conversation's log is broken.
        var purged = new CallState { Tenant = "gone", Id = "0", Conversation = "gone", Direct = false, Media = CallMedia.Audio, StartedBy = "x", StartedAt = _clock.GetUtcNow(), EndedAt = _clock.GetUtcNow(), Outcome = CallOutcome.Lost, Version = 1 };
        var broken = purged with { Id = "1", Conversation = "broken" };
        await Assert.ThrowsAsync<InvalidOperationException>(() => _platform.Get<CallLog>().StartedAsync(broken, Cancelled));
        await Directory.TryAddAsync(purged, _clock.GetUtcNow(), Cancelled);
        await Directory.TryAddAsync(broken, _clock.GetUtcNow(), Cancelled);
        var call = await Calls.StartAsync(_alice, new("a1", "r1"), new(null, "room"), Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(31));
        await Sweep.SweepAsync(Cancelled);
        Assert.Equal(CallParticipantState.Missed, (await Directory.FindAsync(call.Key(), Cancelled))!.Find("bob")!.State);
        Assert.Equal([null, 1L], await Directory.ListVersionsAsync([purged.Key(), broken.Key()], Cancelled));
        Assert.Empty(await _platform.Get<IEntryStore>().ReadAfterAsync(LogId.Of(new("gone"), new ConversationId("gone")), 0, 10, Cancelled));
        Assert.Empty(await Directory.ListDueAsync(_clock.GetUtcNow(), 10, Cancelled));
        for (var minutes = 0; minutes < 10; minutes++)
        {
            Assert.NotNull(await Directory.FindAsync(broken.Key(), Cancelled));
            _clock.Advance(TimeSpan.FromMinutes(1));
            await Sweep.SweepAsync(Cancelled);
        }

        for (var minutes = 0; minutes < 30; minutes += 5)
        {
            _clock.Advance(TimeSpan.FromMinutes(5));
            await Sweep.SweepAsync(Cancelled);
        }

        Assert.Null(await Directory.FindAsync(broken.Key(), Cancelled));
    }

    [Fact]
    public async Task A_lost_call_is_found_behind_however_many_that_go_on()
    {
        var (records, at) = (_platform.Get<ICallRecordStore>(), _clock.GetUtcNow());
        for (var i = 0; i < 250; i++)
        {
            var id = $"live{i:0000}";
            await Directory.TryAddAsync(new() { Tenant = "acme", Id = id, Conversation = id, Direct = false, Media = CallMedia.Audio, StartedBy = id, StartedAt = at, Version = 1, Places = [new(id, CallParticipantState.Joined)] }, at.AddDays(1), Cancelled);
        }

        // All began in the few moments before.
        await Parallel.ForEachAsync(Enumerable.Range(0, 250), Cancelled, async (i, token) => await records.SaveAsync(new(new("acme"), $"live{i:0000}", new("room"), CallMedia.Audio, "x", at.AddMilliseconds(i / 90), null, null, null, []), token));
        _clock.Advance(TimeSpan.FromSeconds(1));
        var call = await StartedAsync();
        await Directory.DeleteAsync(call.Key(), Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(31));
        await Sweep.EndLostAsync(Cancelled);
        Assert.Equal(CallOutcome.Lost, (await RecordAsync(call)).Outcome);
    }

    [Fact]
    public async Task What_was_said_to_who_declined_is_not_told_when_invited_again_and_no_more_is_kept_than_may()
    {
        var signals = _platform.Get<CallSignals>();
        var call = await Calls.StartAsync(_alice, new("a1", "r1"), new(null, "room"), Cancelled);
        await SayAsync("old");
        await Calls.DeclineAsync(_bob, call.Id, "declined", Cancelled);
        await Calls.InviteAsync(_alice, call.Id, ["bob"], Cancelled);
        await SayAsync("new");
        var full = await Assert.ThrowsAsync<RefusedException>(async () =>
        {
            for (var bytes = 0; bytes < 2 * KeptSignals.MostBytes; bytes += 60_000)
            {
                await SayAsync(new string('x', 60_000));
            }
        });
        Assert.Equal(Refusal.LimitReached, full.Refusal);
        var joined = await Calls.JoinAsync(_bob, new("b1", "r2"), call.Id, resume: false, Cancelled);
        var told = new List<string>();
        await signals.OpenAsync(joined, new("bob"), "b1", signal => told.Add(signal.Payload.GetString()!), Cancelled);
        Assert.Equal("new", told[0]);
        Assert.InRange(told.Sum(said => said.Length), 900_000, KeptSignals.MostBytes);
        return;

        Task SayAsync(string payload) => signals.SendAsync(_alice, "a1", call.Id, new("bob"), new(SignalKind.Offer, JsonSerializer.SerializeToElement(payload)), Cancelled);
    }

    private async Task<CallState> StartedAsync()
    {
        var call = await Calls.StartAsync(_alice, new("a1", "r1"), new(null, "room"), Cancelled);
        return await Calls.JoinAsync(_bob, new("b1", "r2"), call.Id, resume: false, Cancelled);
    }

    private async Task<CallRecord> RecordAsync(CallState call) => (await _platform.Get<ICallRecordStore>().FindAsync(call.Key(), Cancelled))!;
}
