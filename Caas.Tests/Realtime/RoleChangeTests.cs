using Caas.Contracts;
using Caas.Core.Members;
using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>Another role counts on every replica as soon as the entry that says so passes, whatever was remembered there.</summary>
public sealed class RoleChangeTests : IAsyncLifetime
{
    private Replicas _replicas = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _replicas = await Replicas.StartAsync();

    public ValueTask DisposeAsync() => _replicas.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_demotion_and_a_promotion_count_for_whoever_has_seen_their_entry(int replica)
    {
        var bob = await _replicas.ConnectAsync("bob", replica);
        await bob.JoinAsync();
        for (var round = 0; round < 5; round++)
        {
            await bob.SendAsync("as a member");
            await ChangeAsync(MemberRole.Reader);
            await SeenAsync(bob);
            Assert.StartsWith("not_allowed: ", await bob.RefusalAsync("SendMessage", new HubSendMessageRequest("room", "as a reader")), StringComparison.Ordinal);
            await ChangeAsync(MemberRole.Member);
            await SeenAsync(bob);
        }

        await bob.SendAsync("as a member again");
    }

    [Fact]
    public async Task A_moderator_who_is_one_no_more_deletes_nothing_of_others()
    {
        await ChangeAsync(MemberRole.Moderator);
        var bob = await _replicas.ConnectAsync("bob", 1);
        await bob.JoinAsync();
        var carol = await _replicas.ConnectAsync("carol");
        var (one, two) = (await carol.SendAsync("one"), await carol.SendAsync("two"));
        await bob.CallAsync<ChangeResult>("DeleteMessage", "room", one.MessageId);
        await ChangeAsync(MemberRole.Member);
        await SeenAsync(bob);
        Assert.StartsWith("not_allowed: ", await bob.RefusalAsync("DeleteMessage", "room", two.MessageId), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_who_does_not_watch_is_judged_by_the_new_role_long_before_the_cache_runs_out(bool backplane)
    {
        if (!backplane)
        {
            _replicas.Backplane.Disconnect();
        }

        var bob = await _replicas.ConnectAsync("bob", 1);
        await bob.SendAsync("warm");
        await ChangeAsync(MemberRole.Reader);
        var changed = TimeProvider.System.GetTimestamp();
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    await bob.SendAsync("still?");
                    return "a reader may send";
                }
                catch (Microsoft.AspNetCore.SignalR.HubException)
                {
                    return null;
                }
            },
            Cancelled);
        Assert.True(TimeProvider.System.GetElapsedTime(changed) < TimeSpan.FromSeconds(4));
    }

    private Task<MemberResponse> ChangeAsync(MemberRole role) => _replicas.Get<MemberService>(0).UpdateAsync(Replicas.System, new("room"), "bob", new(role), Cancelled);

    private static async Task SeenAsync(Client client)
    {
        while ((await client.EntryAsync()).Type != EntryTypes.MemberChanged)
        {
        }
    }
}
