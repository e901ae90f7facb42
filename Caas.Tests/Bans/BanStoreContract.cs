using Caas.Core.Bans;
using Caas.Core.Ids;
using Xunit;

namespace Caas.Tests.Bans;

/// <summary>What <see cref="IBanStore"/> promises. Adapters inherit it.</summary>
public abstract class BanStoreContract
{
    private static readonly TenantId Acme = new("acme");
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IBanStore CreateStore();

    [Fact]
    public async Task The_latest_entry_wins_and_each_place_has_its_own_ban()
    {
        Assert.Empty(await CreateStore().ReadAsync(Acme, new("ann"), Cancelled));
        var (tenant, room) = (new Ban(new("ann"), null, 5, At, null, "spam", false), new Ban(new("ann"), new("room"), 6, At, At.AddHours(1), "rude", false));
        foreach (var ban in new[] { tenant, room, tenant with { Seq = 4, Removed = true }, tenant with { Reason = "the same entry" } })
        {
            await CreateStore().ApplyAsync(Acme, ban, Cancelled);
        }

        Assert.Equal([tenant, room], (await CreateStore().ReadAsync(Acme, new("ann"), Cancelled)).OrderBy(ban => ban.Seq));
        await CreateStore().ApplyAsync(Acme, tenant with { Seq = 7, Removed = true }, Cancelled);
        Assert.Equal([room], await CreateStore().ReadAsync(Acme, new("ann"), Cancelled));
        Assert.Empty(await CreateStore().ReadAsync(Acme, new("bob"), Cancelled));
        Assert.Empty(await CreateStore().ReadAsync(new("globex"), new("ann"), Cancelled));
        await CreateStore().ApplyAsync(Acme, room with { Seq = 8, Shadow = true }, Cancelled);
        Assert.Equal([room with { Seq = 8, Shadow = true }], await CreateStore().ListAsync(Acme, At, null, 10, Cancelled));
    }

    [Fact]
    public async Task A_list_goes_by_user_the_tenants_first_and_leaves_out_what_is_over()
    {
        foreach (var (user, conversation, hours, removed) in new (string, string?, int?, bool)[] { ("bob", "room", null, false), ("ann", "zoo", 2, false), ("ann", null, null, false), ("cid", null, 1, false), ("dee", null, null, true), ("ann-2", null, null, false) })
        {
            await CreateStore().ApplyAsync(Acme, new(new(user), conversation is null ? null : new(conversation), 2, At, hours is { } h ? At.AddHours(h) : null, "spam", removed), Cancelled);
        }

        var first = await CreateStore().ListAsync(Acme, At.AddHours(1), null, 3, Cancelled);
        Assert.Equal([("ann", null), ("ann", "zoo"), ("ann-2", null)], first.Select(ban => (ban.User.Value, ban.Conversation?.Value)));
        Assert.Equal([("ann", "zoo"), ("ann-2", null), ("bob", "room")], (await CreateStore().ListAsync(Acme, At.AddHours(1), new("ann", ""), 10, Cancelled)).Select(ban => (ban.User.Value, ban.Conversation?.Value)));
        Assert.Empty(await CreateStore().ListAsync(new("globex"), At, null, 10, Cancelled));
    }
}
