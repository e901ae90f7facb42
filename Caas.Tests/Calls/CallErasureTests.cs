using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Ids;
using Caas.Core.Tenants;
using Caas.Core.Users;
using Caas.Tests.Core;
using Caas.Tests.Realtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Calls;

/// <summary>Users who are erased while a call goes on that they are in, were in, or were called to.</summary>
public sealed class CallErasureTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));
    private readonly CorePlatform _platform;
    private Caller _alice = null!;
    private Caller _bob = null!;

    public CallErasureTests() => _platform = new(configure: services =>
    {
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton<IReplicaDirectory>(new MemoryReplicaDirectory());
        services.AddSingleton(Options.Create(new ErasureOptions { Settle = TimeSpan.Zero }));
    });

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private CallService Calls => _platform.Get<CallService>();

    public async ValueTask InitializeAsync()
    {
        await _platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        foreach (var user in new[] { "alice", "bob", "carol" })
        {
            await _platform.Get<UserService>().UpsertAsync(CorePlatform.Backend(), user, new(user), Cancelled);
        }

        (_alice, _bob) = (As("alice"), As("bob"));
        await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, "room", "Room", ["bob", "carol"]), Cancelled);
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Theory]
    [InlineData("bob", false)]
    [InlineData("bob", true)]
    [InlineData("alice", false)]
    [InlineData("carol", false)]
    public async Task Who_is_erased_during_a_call_is_not_named_by_its_end(string erased, bool redisIsEmptied)
    {
        var call = await Calls.StartAsync(_alice, new("a1", "r1"), new(["bob"], "room"), Cancelled);
        await Calls.JoinAsync(_bob, new("b1", "r2"), call.Id, resume: false, Cancelled);
        await Calls.InviteAsync(_bob, call.Id, ["carol"], Cancelled); // So carol stands in no record yet.
        await EraseAsync(erased);
        if (redisIsEmptied)
        {
            await _platform.Get<ICallDirectory>().DeleteAsync(call.Key(), Cancelled);
            await _platform.Get<CallSweep>().EndLostAsync(Cancelled);
        }
        else
        {
            Assert.Null((await _platform.Get<ICallDirectory>().FindAsync(call.Key(), Cancelled))!.Find(erased));
            foreach (var (user, caller) in new[] { ("alice", _alice), ("bob", _bob) }.Where(one => one.Item1 != erased))
            {
                await Calls.LeaveAsync(caller, call.Id, Cancelled);
            }
        }

        var entries = await _platform.Get<IEntryStore>().ReadAfterAsync(LogId.Of(new("acme"), new ConversationId("room")), 0, 100, Cancelled);
        var ended = entries.Single(entry => entry.Type == EntryTypes.CallEnded).Data!.Value.GetRawText();
        Assert.DoesNotContain($"\"{erased}\"", ended, StringComparison.Ordinal);
        Assert.Contains("\"erased-", ended, StringComparison.Ordinal);
        var record = (await _platform.Get<ICallRecordStore>().FindAsync(call.Key(), Cancelled))!;
        Assert.NotNull(record.Outcome);
        Assert.DoesNotContain(record.Participants, one => one.UserId == erased);
        Assert.NotEqual(erased, record.StartedBy);
    }

    [Fact]
    public async Task An_end_that_was_not_written_yet_is_written_before_the_user_counts_as_erased()
    {
        var call = await Calls.StartAsync(_alice, new("a1", "r1"), new(null, "room"), Cancelled);
        var over = CallMachine.End(call, _clock.GetUtcNow(), CallOutcome.Completed).Call; // And then the process died.
        await _platform.Get<ICallDirectory>().TryReplaceAsync(over, _clock.GetUtcNow().AddDays(1), Cancelled);
        await EraseAsync("bob");
        var record = (await _platform.Get<ICallRecordStore>().FindAsync(call.Key(), Cancelled))!;
        Assert.NotNull(record.EndedAt);
        Assert.DoesNotContain(record.Participants, one => one.UserId == "bob");
    }

    private async Task EraseAsync(string user)
    {
        await _platform.Get<UserService>().EraseAsync(CorePlatform.Backend(), user, Cancelled);
        var worker = ActivatorUtilities.CreateInstance<ErasureWorker>(_platform.Services);
        var completed = 0;
        for (var round = 0; round < 5 && completed == 0; round++)
        {
            completed = await worker.RoundAsync(Cancelled);
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(1, completed);
    }

    private static Caller As(string user) => new() { Kind = CallerKind.User, Tenant = new("acme"), User = new(user) };
}
