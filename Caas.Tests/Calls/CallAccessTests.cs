using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Blocks;
using Caas.Core.Calls;
using Caas.Core.Conversations;
using Caas.Core.Refusals;
using Caas.Tests.Realtime;
using Xunit;
using static Caas.Contracts.CallParticipantState;

namespace Caas.Tests.Calls;

/// <summary>Who does not ring, or sees nothing of a call; and who may no longer be in one.</summary>
public sealed class CallAccessTests : IAsyncLifetime
{
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync(users: ["alice", "bob", "carol", "dave"], settings: new() { ["Caas:Calls:Period"] = "00:00:00.100" });

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Fact]
    public async Task Blocked_ones_never_ring()
    {
        var (alice, bob, carol) = (await CallSeat.TakeAsync(_replicas, "alice"), await CallSeat.TakeAsync(_replicas, "bob", 1), await CallSeat.TakeAsync(_replicas, "carol", 1));
        await _replicas.Get<BlockService>(1).PutAsync(_replicas.CallerOf("bob"), "alice", Cancelled);
        await Eventually.HoldsAsync(async () => (await _replicas.Get<BlockDirectory>().FindAsync(Replicas.Tenant, new("alice"), Cancelled)).Between("bob") ? null : "the other replica knows", Cancelled);
        Assert.StartsWith("blocked: ", await alice.Client.RefusalAsync("StartCall", new StartCallRequest(["bob"])), StringComparison.Ordinal);
        var call = await alice.StartInAsync("room");
        await carol.NextAsync<CallRinging>();
        Assert.Equal(["alice", "carol", "dave"], call.Participants.Select(participant => participant.UserId).Order());
        Assert.Empty(bob.Rest().OfType<CallRinging>());

        // Nor do they see of each other's calls afterwards what they had no part in; who blocks sees nothing of it.
        var history = _replicas.Get<CallHistory>(1);
        Assert.Empty((await history.ListAsync(_replicas.CallerOf("bob"), "room", null, null, Cancelled)).Items);
        Assert.Equal(Refusal.CallNotFound, (await Assert.ThrowsAsync<RefusedException>(() => history.GetAsync(_replicas.CallerOf("bob"), call.CallId, Cancelled))).Refusal);
        Assert.Equal([call.CallId], (await history.ListAsync(_replicas.CallerOf("carol"), "room", null, null, Cancelled)).Items.Select(one => one.Id));
    }

    [Fact]
    public async Task A_ban_from_another_conversation_leaves_a_call_alone_and_one_from_its_own_or_from_all_does_not()
    {
        await _replicas.Get<ConversationService>().CreateAsync(Replicas.System, new(ConversationType.Group, "other", "Other", ["alice", "bob"]), Cancelled);
        var (alice, bob, carol, dave) = (await CallSeat.TakeAsync(_replicas, "alice"), await CallSeat.TakeAsync(_replicas, "bob"), await CallSeat.TakeAsync(_replicas, "carol"), await CallSeat.TakeAsync(_replicas, "dave", 1));
        var call = await alice.StartInAsync("room", ["bob"]);
        foreach (var seat in new[] { bob, carol, dave })
        {
            await seat.AcceptAsync(call.CallId);
        }

        await BanAsync("bob", "other");
        await BanAsync("dave", null);
        await BanAsync("carol", "room");
        foreach (var gone in new[] { "dave", "carol" })
        {
            await Eventually.HoldsAsync(async () => (await FindAsync(gone)).State == Removed ? null : $"{gone} is taken out", Cancelled);
        }

        // The replica on which bob is not has heard of what came after his ban, too.
        await Eventually.HoldsAsync(async () => await _replicas.Get<BanDirectory>(1).IsBannedAsync(Replicas.Tenant, new("carol"), new("room"), Cancelled) ? null : "the last ban is known", Cancelled);
        Assert.Equal(Joined, (await FindAsync("bob")).State);
        return;

        async Task<CallPlace> FindAsync(string user) => (await _replicas.Calls.FindAsync(new(Replicas.Tenant, call.CallId), Cancelled))!.Find(user)!;

        Task BanAsync(string user, string? conversation) => _replicas.Get<BanService>().PutAsync(Replicas.System, user, new("rude", ConversationId: conversation), Cancelled);
    }
}
