using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Core.Users;
using Caas.Realtime.Connections;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>What is no longer allowed ends for live connections of every replica, with and without the backplane.</summary>
public sealed class EvictionTests : IAsyncLifetime
{
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync();

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_removed_one_gets_its_removal_and_nothing_after_it(bool backplane)
    {
        Use(backplane);
        var (bob, carol) = (await _replicas.ConnectAsync("bob", 1), await _replicas.ConnectAsync("carol", 1));
        await bob.JoinAsync();
        await carol.JoinAsync();
        await _replicas.SendAsync("alice", "before");
        await _replicas.RemoveAsync("bob");
        await _replicas.SendAsync("alice", "after");

        var entries = await carol.EntriesAsync(3);
        Assert.Equal(EntryTypes.MemberRemoved, entries[1].Type);
        var evicted = await bob.EvictedAsync();
        Assert.Equal(new Evicted("room", "removed"), evicted);
        Assert.Equal(entries.Take(2).Select(entry => entry.Seq), (await bob.EntriesAsync(2)).Select(entry => entry.Seq));
        await _replicas.SendAsync("alice", "later");
        await carol.EntryAsync();
        Assert.Equal(0, bob.EntriesWaiting);
        Assert.StartsWith("not_a_member: ", await bob.RefusalAsync("JoinConversation", "room", null), StringComparison.Ordinal);
        Assert.StartsWith("not_a_member: ", await bob.RefusalAsync("SendMessage", new HubSendMessageRequest("room", "me too")), StringComparison.Ordinal);

        // Added again, it watches again.
        await _replicas.Get<MemberService>().AddAsync(Replicas.System, new("room"), new(["bob"]), Cancelled);
        var joined = await bob.JoinAsync();
        var seq = await _replicas.SendAsync("alice", "welcome back");
        Assert.Equal(seq, (await bob.EntryAsync()).Seq);
        Assert.True(seq > joined.LastSeq);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deleted_conversation_ends_for_its_watchers(bool backplane)
    {
        Use(backplane);
        var (bob, carol) = (await _replicas.ConnectAsync("bob", 1), await _replicas.ConnectAsync("carol", 0));
        await bob.JoinAsync();
        await carol.JoinAsync();
        await _replicas.Get<ConversationService>().DeleteAsync(Replicas.System, new("room"), Cancelled);
        Assert.Equal(new Evicted("room", "conversation_deleted"), await bob.EvictedAsync());
        Assert.Equal(new Evicted("room", "conversation_deleted"), await carol.EvictedAsync());
        Assert.StartsWith("conversation_not_found: ", await bob.RefusalAsync("JoinConversation", "room", null), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_revoked_token_ends_its_connections_and_no_others(bool backplane)
    {
        Use(backplane);
        var token = await _replicas.TokenAsync("bob");
        var revoked = await _replicas.ConnectAsync("bob", 1, token: token);
        var other = await _replicas.ConnectAsync("bob", 1);
        await revoked.JoinAsync();
        await _replicas.Get<TokenService>().RevokeAsync(Replicas.System, new(Token: token), Cancelled);
        Assert.Equal(new Evicted(null, "token_revoked"), await revoked.EvictedAsync());
        await revoked.ClosedAsync();
        await other.JoinAsync();
        var seq = await _replicas.SendAsync("alice", "hello");
        Assert.Equal(seq, (await other.EntryAsync()).Seq);
        Assert.Equal(0, revoked.EntriesWaiting);
    }

    [Fact]
    public async Task All_of_a_users_tokens_of_before_are_revoked_at_once()
    {
        var bobs = new[] { await _replicas.ConnectAsync("bob", 0), await _replicas.ConnectAsync("bob", 1) };
        var alice = await _replicas.ConnectAsync("alice", 1);
        foreach (var registered in new[] { 0, 1 }.SelectMany(replica => _replicas.Get<LocalConnections>(replica).All))
        {
            // Tokens tell the second of their issue only: let it have passed.
            registered.Caller = registered.Caller with { TokenIssuedAt = registered.Caller.TokenIssuedAt - TimeSpan.FromMinutes(1) };
        }

        await _replicas.Get<TokenService>().RevokeAsync(Replicas.System, new(UserId: "bob"), Cancelled);
        foreach (var bob in bobs)
        {
            Assert.Equal(new Evicted(null, "token_revoked"), await bob.EvictedAsync());
            await bob.ClosedAsync();
        }

        Assert.False((await alice.SendAsync("not me")).Duplicate);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_deactivated_user_is_gone_from_every_replica(bool backplane)
    {
        Use(backplane);
        var bobs = new[] { await _replicas.ConnectAsync("bob", 0), await _replicas.ConnectAsync("bob", 1, messagePack: true) };
        foreach (var bob in bobs)
        {
            await bob.JoinAsync();
        }

        await _replicas.Get<UserService>().DeactivateAsync(Replicas.System, "bob", Cancelled);
        foreach (var bob in bobs)
        {
            Assert.Equal(new Evicted(null, "user_deactivated"), await bob.EvictedAsync());
            await bob.ClosedAsync();
        }
    }

    [Fact]
    public async Task With_its_tenant_all_connections_end()
    {
        var bob = await _replicas.ConnectAsync("bob", 1);
        await _replicas.Get<TenantService>().DeleteAsync(new() { Kind = CallerKind.Admin }, "acme", Cancelled);
        Assert.Equal(new Evicted(null, "tenant_deleted"), await bob.EvictedAsync());
        await bob.ClosedAsync();
    }

    [Fact]
    public async Task A_ban_from_a_conversation_ends_its_watch_and_one_from_the_tenant_the_connection()
    {
        var bob = await _replicas.ConnectAsync("bob", 1);
        await bob.JoinAsync();
        var now = TimeProvider.System.GetUtcNow();
        var ban = new Revocation("ban-1", RevocationKind.Banned, Replicas.Tenant, new UserId("bob"), null, null, new ConversationId("room"), null, now, now.AddHours(1));
        await _replicas.Get<RevocationList>().AddAsync(ban, Cancelled);
        Assert.Equal(new Evicted("room", "banned"), await bob.EvictedAsync());
        await _replicas.Get<RevocationList>().AddAsync(ban with { Id = "ban-2", Conversation = null }, Cancelled);
        Assert.Equal(new Evicted(null, "banned"), await bob.EvictedAsync());
        await bob.ClosedAsync();
    }

    private void Use(bool backplane)
    {
        if (!backplane)
        {
            _replicas.Backplane.Disconnect();
        }
    }
}
