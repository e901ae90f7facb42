using System.Threading.Channels;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Privacy;
using Caas.Core.Users;
using Caas.Tests.Realtime;
using Caas.Tests.Redis;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Typing;

/// <summary>Typing as clients of two replicas meet it. What is acted on one is seen on the other.</summary>
public sealed class TypingHubTests : IAsyncLifetime
{
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync(2, new() { ["Caas:Typing:Lifetime"] = "00:00:02" }, users: ["alice", "bob", "carol", "dan"]);

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Who_types_is_told_to_those_who_watch_and_not_to_oneself(bool messagePack)
    {
        var (alice, heardByAlice) = await JoinAsync("alice", 0, messagePack);
        var (bob, heardByBob) = await JoinAsync("bob", 1, !messagePack);
        var (_, heardByCarol) = await JoinAsync("carol", 1);
        await alice.CallAsync("StartTyping", "room");
        Assert.Equal(("room", "alice", "alice is typing…"), await NextAsync(heardByBob));
        Assert.Equal(("room", "alice", "alice is typing…"), await NextAsync(heardByCarol));
        await bob.CallAsync("StartTyping", "room");
        Assert.Equal(("room", "bob", "bob is typing…"), await NextAsync(heardByAlice));
        Assert.Equal(("room", "alice,bob", "alice and bob are typing…"), await NextAsync(heardByCarol));
        await alice.CallAsync("StopTyping", "room");
        Assert.Equal(("room", "", ""), await NextAsync(heardByBob));
        Assert.Equal(("room", "bob", "bob is typing…"), await NextAsync(heardByCarol));
        await bob.CallAsync("StopTyping", "room");
        Assert.Equal(("room", "", ""), await NextAsync(heardByAlice));
        Assert.Equal(("room", "", ""), await NextAsync(heardByCarol));
    }

    [Fact]
    public async Task Sending_ends_it_on_both_replicas_and_typing_on_begins_anew()
    {
        var (alice, _) = await JoinAsync("alice", 0);
        var (bob, heard) = await JoinAsync("bob", 1);
        foreach (var _ in Enumerable.Range(0, 2))
        {
            await alice.CallAsync("StartTyping", "room");
            Assert.Equal("alice", (await NextAsync(heard)).Users);
            await alice.SendAsync("hello");
            Assert.Equal("", (await NextAsync(heard)).Users);
            await Eventually.HoldsAsync(async () => (await bob.CallAsync<TypingState>("GetTyping", "room")).UserIds.Count == 0 ? null : "somebody types", Cancelled);
        }

        // By another way than the one over which it was said.
        await alice.CallAsync("StartTyping", "room");
        Assert.Equal("alice", (await NextAsync(heard)).Users);
        await _replicas.SendAsync("alice", "hello", replica: 1);
        Assert.Equal("", (await NextAsync(heard)).Users);
    }

    [Fact]
    public async Task It_ends_by_itself_unless_it_is_said_again_and_saying_it_again_is_no_news()
    {
        var (alice, _) = await JoinAsync("alice", 0);
        var (_, heard) = await JoinAsync("bob", 1);
        for (var i = 0; i < 100; i++)
        {
            await alice.CallAsync("StartTyping", "room");
        }

        Assert.Equal("alice", (await NextAsync(heard)).Users);
        Assert.Equal("", (await NextAsync(heard)).Users);
        Assert.False(heard.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Who_comes_later_asks()
    {
        var (alice, _) = await JoinAsync("alice", 0);
        var (bob, heardByBob) = await JoinAsync("bob", 1);
        await alice.CallAsync("StartTyping", "room");
        await NextAsync(heardByBob);
        await bob.CallAsync("StartTyping", "room");
        var carol = await _replicas.ConnectAsync("carol", 1);
        await Eventually.HoldsAsync(
            async () => await carol.CallAsync<TypingState>("GetTyping", "room") is { UserIds: ["alice", "bob"], DisplayText: "alice and bob are typing…", ConversationId: "room" } ? null : "they are not told", Cancelled);
        Assert.Equal(["bob"], (await alice.CallAsync<TypingState>("GetTyping", "room")).UserIds);
    }

    [Fact]
    public async Task Whoever_hides_it_is_not_told_on()
    {
        await _replicas.Get<PrivacyService>().PutAsync(_replicas.CallerOf("alice"), new(Typing: false), Cancelled);
        var (alice, _) = await JoinAsync("alice", 0);
        var (bob, heardByBob) = await JoinAsync("bob", 1);
        await alice.CallAsync("StartTyping", "room");
        await bob.CallAsync("StartTyping", "room");
        var (carol, heardByCarol) = await JoinAsync("carol", 1);
        await carol.CallAsync("StartTyping", "room");

        // Carol is the first of whom bob hears.
        Assert.Equal("carol", (await NextAsync(heardByBob)).Users);
        Assert.Equal(["bob"], (await carol.CallAsync<TypingState>("GetTyping", "room")).UserIds);
        Assert.False(heardByCarol.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Only_those_who_may_write_type_and_only_those_who_may_read_are_told()
    {
        await _replicas.Get<Caas.Core.Members.MemberService>().UpdateAsync(Replicas.System, new("room"), "carol", new(MemberRole.Reader), Cancelled);
        await _replicas.RemoveAsync("dan");
        var (carol, dan) = (await _replicas.ConnectAsync("carol", 1), await _replicas.ConnectAsync("dan", 1));
        foreach (var method in new[] { "StartTyping", "StopTyping" })
        {
            Assert.StartsWith("not_allowed: ", await carol.RefusalAsync(method, "room"), StringComparison.Ordinal);
            Assert.StartsWith("not_a_member: ", await dan.RefusalAsync(method, "room"), StringComparison.Ordinal);
            Assert.StartsWith("conversation_not_found: ", await carol.RefusalAsync(method, "nowhere"), StringComparison.Ordinal);
            Assert.StartsWith("validation_failed: ", await carol.RefusalAsync(method, "a b"), StringComparison.Ordinal);
        }

        Assert.Empty((await carol.CallAsync<TypingState>("GetTyping", "room")).UserIds);
        Assert.StartsWith("not_a_member: ", await dan.RefusalAsync("GetTyping", "room"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_removed_types_no_more_and_hears_nothing()
    {
        var (alice, heardByAlice) = await JoinAsync("alice", 0);
        var (bob, heardByBob) = await JoinAsync("bob", 1);
        await alice.CallAsync("StartTyping", "room");
        Assert.Equal("alice", (await NextAsync(heardByBob)).Users);
        await _replicas.RemoveAsync("alice");
        Assert.Equal("", (await NextAsync(heardByBob)).Users);
        await bob.CallAsync("StartTyping", "room");
        var (_, heardByCarol) = await JoinAsync("carol", 0);
        await bob.CallAsync("StopTyping", "room");
        await bob.CallAsync("StartTyping", "room");
        await NextAsync(heardByCarol);
        Assert.False(heardByAlice.Reader.TryRead(out _));
    }

    private async Task<(Realtime.Client Client, Channel<TypingState> Heard)> JoinAsync(string user, int replica, bool messagePack = false)
    {
        var client = await _replicas.ConnectAsync(user, replica, messagePack);
        var heard = Channel.CreateUnbounded<TypingState>();
        client.Hub.On<TypingState>(nameof(IRealtimeClient.Typing), state => heard.Writer.TryWrite(state));
        await client.JoinAsync();
        return (client, heard);
    }

    private static async Task<(string Conversation, string Users, string Text)> NextAsync(Channel<TypingState> heard)
    {
        var state = await heard.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(Replicas.Bound, Cancelled);
        return (state.ConversationId, string.Join(",", state.UserIds), state.DisplayText);
    }
}

/// <summary>Where nobody is told, and where too much is said.</summary>
public sealed class TypingLimitTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_hides_it_while_it_is_shown_is_shown_no_longer_however_long_typing_lives()
    {
        await using var replicas = await Replicas.StartAsync(2, new() { ["Caas:Typing:Lifetime"] = "00:01:00" });
        var (alice, bob) = (await replicas.ConnectAsync("alice"), await replicas.ConnectAsync("bob", 1));
        var heard = Channel.CreateUnbounded<TypingState>();
        bob.Hub.On<TypingState>(nameof(IRealtimeClient.Typing), state => heard.Writer.TryWrite(state));
        await bob.JoinAsync();
        await alice.CallAsync("StartTyping", "room");
        Assert.Equal(["alice"], (await NextAsync()).UserIds);

        // She says it on the other replica, and then nothing more: no further call of hers ends it.
        await replicas.Get<PrivacyService>(1).PutAsync(replicas.CallerOf("alice"), new(Typing: false), Cancelled);
        Assert.Empty((await NextAsync()).UserIds);
        await Eventually.HoldsAsync(async () => (await bob.CallAsync<TypingState>("GetTyping", "room")).UserIds.Count == 0 ? null : "somebody types", Cancelled);

        // Under half the lifetime, on the slowest of machines.
        async Task<TypingState> NextAsync() => await heard.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Fact]
    public async Task Floods_and_large_conversations_are_passed_over_in_silence_also_over_Garnet()
    {
        await using var redis = new GarnetRedis();
        await redis.StartAsync();
        await using var replicas = await Replicas.StartAsync(2, new() { ["Caas:RateLimits:HubTypingPerSecond"] = "1", ["Caas:Typing:MostMembers"] = "3" }, redis.ConnectionString);
        await replicas.Get<UserService>().UpsertAsync(Replicas.System, "dan", new("dan"), Cancelled);
        await replicas.Get<ConversationService>().CreateAsync(Replicas.System, new(ConversationType.Group, "crowd", "Crowd", ["alice", "bob", "carol", "dan"]), Cancelled);
        var (alice, bob) = (await replicas.ConnectAsync("alice"), await replicas.ConnectAsync("bob", 1));
        var heard = Channel.CreateUnbounded<TypingState>();
        bob.Hub.On<TypingState>(nameof(IRealtimeClient.Typing), state => heard.Writer.TryWrite(state));
        await bob.JoinAsync(null, "crowd");
        await bob.JoinAsync();

        await alice.CallAsync("StartTyping", "crowd");
        await Eventually.HoldsAsync(
            async () =>
            {
                // At most one a second counts; the others are answered all the same.
                await alice.CallAsync("StartTyping", "room");
                return (await bob.CallAsync<TypingState>("GetTyping", "room")).UserIds is ["alice"] ? null : "alice does not type";
            },
            Cancelled);
        Assert.Equal("room", (await heard.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(Replicas.Bound, Cancelled)).ConversationId);
        Assert.Empty((await bob.CallAsync<TypingState>("GetTyping", "crowd")).UserIds);
    }
}
