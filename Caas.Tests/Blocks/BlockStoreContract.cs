using Caas.Core.Blocks;
using Caas.Core.Ids;
using Xunit;

namespace Caas.Tests.Blocks;

/// <summary>What <see cref="IBlockStore"/> promises. Adapters inherit it.</summary>
public abstract class BlockStoreContract
{
    private static readonly TenantId Acme = new("acme");
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IBlockStore CreateStore();

    [Fact]
    public async Task The_latest_entry_wins_in_whatever_order_they_are_applied()
    {
        Assert.Same(BlockSet.None, await CreateStore().ReadAsync(Acme, new("ann"), Cancelled));
        await ApplyAsync("ann", "bob", 5);
        await ApplyAsync("ann", "bob", 4, removed: true);
        await ApplyAsync("ann", "bob", 5, removed: true);
        Assert.Equal(At.AddSeconds(5), (await CreateStore().ReadAsync(Acme, new("ann"), Cancelled)).Since("bob"));
        await ApplyAsync("ann", "bob", 7, removed: true);
        await ApplyAsync("ann", "bob", 6);
        Assert.True((await CreateStore().ReadAsync(Acme, new("ann"), Cancelled)).IsEmpty);
        Assert.True((await CreateStore().ReadAsync(Acme, new("bob"), Cancelled)).IsEmpty);
    }

    [Fact]
    public async Task Both_learn_of_it_and_nobody_else_nor_another_tenant()
    {
        await ApplyAsync("ann", "bob", 2);
        await ApplyAsync("cid", "ann", 2);
        await ApplyAsync("ann", "dee", 3);
        var ann = await CreateStore().ReadAsync(Acme, new("ann"), Cancelled);
        Assert.Equal(["bob", "dee"], ann.Blocked.Order());
        Assert.Equal(["cid"], ann.BlockedBy);
        Assert.True(ann.Between("bob") && ann.Between("cid") && !ann.Between("eve"));
        var bob = await CreateStore().ReadAsync(Acme, new("bob"), Cancelled);
        Assert.Empty(bob.Blocked);
        Assert.Equal(["ann"], bob.BlockedBy);
        Assert.True((await CreateStore().ReadAsync(Acme, new("eve"), Cancelled)).IsEmpty);
        Assert.True((await CreateStore().ReadAsync(new("globex"), new("ann"), Cancelled)).IsEmpty);
    }

    [Fact]
    public async Task Pages_go_by_the_others_id()
    {
        foreach (var (other, seq) in new[] { ("dee", 2), ("Bob", 3), ("cid", 4), ("eve", 5) })
        {
            await ApplyAsync("ann", other, seq);
        }

        await ApplyAsync("ann", "dee", 6, removed: true);
        var first = await CreateStore().ListAsync(Acme, new("ann"), null, 2, Cancelled);
        Assert.Equal([new Block(new("ann"), new("Bob"), 3, At.AddSeconds(3), false), new Block(new("ann"), new("cid"), 4, At.AddSeconds(4), false)], first);
        Assert.Equal(["eve"], (await CreateStore().ListAsync(Acme, new("ann"), first[^1].Other, 2, Cancelled)).Select(block => block.Other.Value));
        Assert.Empty(await CreateStore().ListAsync(Acme, new("bob"), null, 2, Cancelled));
    }

    private Task ApplyAsync(string user, string other, long seq, bool removed = false) =>
        CreateStore().ApplyAsync(Acme, new(new(user), new(other), seq, At.AddSeconds(seq), removed), Cancelled);
}
