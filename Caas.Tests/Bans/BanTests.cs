using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Members;
using Caas.Core.Refusals;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Bans;

/// <summary>Bans over two replicas: given on one, in effect on both, with and without the backplane.</summary>
public sealed class BanTests : TwoReplicas
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_is_banned_from_the_tenant_is_gone_from_every_replica_within_five_seconds_until_the_ban_is_lifted(bool backplane)
    {
        var (bob, carol) = (await Replicas.ConnectAsync("bob", 1), await Replicas.ConnectAsync("carol", 1));
        await bob.JoinAsync();
        await carol.JoinAsync();
        var token = await Replicas.TokenAsync("bob");
        if (!backplane)
        {
            Replicas.Backplane.Disconnect();
        }

        var banned = await BanAsync("bob");
        Assert.Equal("banned", (await bob.EvictedAsync().WaitAsync(TimeSpan.FromSeconds(5), Cancelled)).Reason);
        await bob.ClosedAsync();
        foreach (var replica in new[] { 0, 1 })
        {
            Assert.Equal(Refusal.Banned, (await Assert.ThrowsAsync<RefusedException>(() => Replicas.Get<Authenticator>(replica).AuthenticateTokenAsync(token, Cancelled))).Refusal);
        }

        Assert.Equal(banned, await BanAsync("bob"));
        Assert.Equal(banned, Assert.Single((await Replicas.Get<BanService>(1).ListAsync(Replicas.System, null, null, Cancelled)).Items));
        await carol.SendAsync("without bob");

        await Replicas.Get<BanService>().DeleteAsync(Replicas.System, "bob", null, Cancelled);
        await Replicas.Get<BanService>().DeleteAsync(Replicas.System, "bob", null, Cancelled);
        Assert.Empty((await Replicas.Get<BanService>(1).ListAsync(Replicas.System, null, null, Cancelled)).Items);
        await Eventually.HoldsAsync(async () => await MayAsync(() => Replicas.Get<Authenticator>(1).AuthenticateTokenAsync(token, Cancelled)) ? null : "bob is still banned", Cancelled);
        await (await Replicas.ConnectAsync("bob", 1)).SendAsync("back as a member");
    }

    [Fact]
    public async Task Who_is_banned_from_a_conversation_leaves_it_at_once_and_comes_back_only_after_it()
    {
        await Replicas.Get<ConversationService>().CreateAsync(Replicas.System, new(ConversationType.Channel, "open", MemberIds: ["alice", "bob"]), Cancelled);
        var (alice, bob) = (await Replicas.ConnectAsync("alice"), await Replicas.ConnectAsync("bob", 1));
        await alice.JoinAsync(conversation: "open");
        await bob.JoinAsync(conversation: "open");
        await bob.JoinAsync();
        await BanAsync("bob", "open");

        var evicted = await bob.EvictedAsync().WaitAsync(TimeSpan.FromSeconds(5), Cancelled);
        Assert.Equal("open", evicted.ConversationId);
        Assert.Contains(evicted.Reason, new[] { "banned", "removed" });
        Assert.Equal(EntryTypes.MemberRemoved, (await alice.EntryAsync()).Type);
        await Eventually.HoldsAsync(async () => (await bob.RefusalAsync("SendMessage", new HubSendMessageRequest("open", "no"))).StartsWith("banned: ", StringComparison.Ordinal) ? null : "bob is not told", Cancelled);
        Assert.StartsWith("banned: ", await bob.RefusalAsync("JoinConversation", "open", null), StringComparison.Ordinal);
        var members = Replicas.Get<MemberService>(1);
        await RefusedAsync(Refusal.Banned, () => members.JoinAsync(Replicas.CallerOf("bob"), new("open"), Cancelled));
        await RefusedAsync(Refusal.Banned, () => members.AddAsync(Replicas.System, new("open"), new(["carol", "bob"]), Cancelled));
        await bob.SendAsync("elsewhere as before");

        await Replicas.Get<BanService>(1).DeleteAsync(Replicas.System, "bob", "open", Cancelled);
        await Eventually.HoldsAsync(async () => await MayAsync(() => members.JoinAsync(Replicas.CallerOf("bob"), new("open"), Cancelled)) ? null : "bob may not join again", Cancelled);
        await bob.SendAsync("here again", conversation: "open");
    }

    [Fact]
    public async Task A_ban_ends_by_itself_and_a_second_call_changes_when_and_why()
    {
        var soon = TimeProvider.System.GetUtcNow().AddSeconds(1.5);
        await BanAsync("bob", until: soon.AddHours(1));
        var changed = await Replicas.Get<BanService>(1).PutAsync(Replicas.System, "bob", new("calmed down", ExpiresAt: soon), Cancelled);
        Assert.Equal(("calmed down", soon.ToUnixTimeMilliseconds()), (changed.Reason, changed.ExpiresAt!.Value.ToUnixTimeMilliseconds()));
        var token = await Replicas.TokenAsync("bob");
        Assert.False(await MayAsync(() => Replicas.Get<Authenticator>().AuthenticateTokenAsync(token, Cancelled)));
        await Eventually.HoldsAsync(async () => await MayAsync(() => Replicas.Get<Authenticator>().AuthenticateTokenAsync(token, Cancelled)) ? null : "it has not ended", Cancelled);
        Assert.True(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() >= soon.ToUnixTimeMilliseconds()); // a ban's end is kept in milliseconds
        Assert.Empty((await Replicas.Get<BanService>().ListAsync(Replicas.System, null, null, Cancelled)).Items);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused()
    {
        var (direct, _) = await Replicas.Get<ConversationService>().CreateAsync(Replicas.CallerOf("alice"), new(ConversationType.Direct, MemberIds: ["bob"]), Cancelled);
        await RefusedAsync(Refusal.NotAllowed, () => BanAsync("bob", direct.Id));
        await RefusedAsync(Refusal.UserNotFound, () => BanAsync("nobody"));
        await RefusedAsync(Refusal.ConversationNotFound, () => BanAsync("bob", "nowhere"));
        await RefusedAsync(Refusal.ValidationFailed, () => BanAsync("bob", until: TimeProvider.System.GetUtcNow()));
        await RefusedAsync(Refusal.ValidationFailed, () => Replicas.Get<BanService>().PutAsync(Replicas.System, "bob", new(" "), Cancelled));
    }

    private Task<BanResponse> BanAsync(string user, string? conversation = null, DateTimeOffset? until = null) =>
        Replicas.Get<BanService>().PutAsync(Replicas.System, user, new("spam", conversation, until), Cancelled);

    private static async Task<bool> MayAsync(Func<Task> call)
    {
        try
        {
            await call();
            return true;
        }
        catch (RefusedException refused)
        {
            Assert.Equal(Refusal.Banned, refused.Refusal);
            return false;
        }
    }

    private static async Task RefusedAsync(Refusal refusal, Func<Task> call) => Assert.Equal(refusal, (await Assert.ThrowsAsync<RefusedException>(call)).Refusal);
}
