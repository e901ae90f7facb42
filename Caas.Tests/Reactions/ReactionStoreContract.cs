using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Reactions;
using Xunit;

namespace Caas.Tests.Reactions;

/// <summary>What <see cref="IReactionStore"/> promises. Adapters inherit it.</summary>
public abstract class ReactionStoreContract
{
    private static readonly LogId Log = new(new("acme"), "general");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IReactionStore CreateStore();

    [Fact]
    public async Task The_latest_entry_wins_in_whatever_order_they_are_applied()
    {
        var ann = new UserId("ann");
        Assert.Null(await CreateStore().FindAsync(Log, 2, "👍", ann, Cancelled));
        await CreateStore().ApplyAsync(Log, [new(2, "👍", ann, 5, Removed: false)], Cancelled);
        await CreateStore().ApplyAsync(Log, [new(2, "👍", ann, 4, Removed: true), new(2, "👍", ann, 5, Removed: true)], Cancelled);
        Assert.Equal(new Reaction(2, "👍", ann, 5, false), await CreateStore().FindAsync(Log, 2, "👍", ann, Cancelled));
        await CreateStore().ApplyAsync(Log, [new(2, "👍", ann, 7, Removed: false), new(2, "👍", ann, 6, Removed: true), new(2, "👍", ann, 8, Removed: true)], Cancelled);
        Assert.Equal(new Reaction(2, "👍", ann, 8, true), await CreateStore().FindAsync(Log, 2, "👍", ann, Cancelled));
        Assert.Empty(await CreateStore().SummarizeAsync(Log, 2, 20, Cancelled));
        await CreateStore().ApplyAsync(Log, [], Cancelled);
    }

    [Fact]
    public async Task A_summary_counts_all_and_names_the_first()
    {
        var store = CreateStore();
        await store.ApplyAsync(Log, [.. Enumerable.Range(0, 30).Select(n => new Reaction(2, "👍", new($"user-{29 - n:00}"), 10 + n, Removed: n % 10 == 0))], Cancelled);
        await store.ApplyAsync(Log, [new(2, "🎉", new("ann"), 50, false), new(3, "👍", new("ann"), 51, false)], Cancelled);
        var summary = await CreateStore().SummarizeAsync(Log, 2, 5, Cancelled);
        Assert.Equal(["🎉", "👍"], summary.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(27, summary["👍"].Count);
        Assert.Equal(["user-28", "user-27", "user-26", "user-25", "user-24"], summary["👍"].UserIds);
        Assert.Equal((1, "ann"), (summary["🎉"].Count, Assert.Single(summary["🎉"].UserIds)));
    }

    [Theory]
    [InlineData("👩‍👩‍👧‍👦", "👩‍👩‍👦‍👦")]
    [InlineData("❤", "❤️")]
    [InlineData("é", "e\u0301")]
    [InlineData("a", "A")]
    [InlineData("$where", "a.b\0c")]
    [InlineData("'\"", "%_")]
    public async Task Emojis_that_look_alike_are_not_the_same(string one, string other)
    {
        var store = CreateStore();
        await store.ApplyAsync(Log, [new(2, one, new("ann"), 5, false), new(2, other, new("ann"), 6, false), new(2, other, new("bob"), 7, false)], Cancelled);
        var summary = await store.SummarizeAsync(Log, 2, 20, Cancelled);
        Assert.Equal((2, 1, 2), (summary.Count, summary[one].Count, summary[other].Count));
        Assert.Equal(5, (await store.FindAsync(Log, 2, one, new("ann"), Cancelled))!.Seq);
    }

    [Fact]
    public async Task Logs_and_tenants_with_the_same_ids_never_meet()
    {
        var store = CreateStore();
        LogId[] logs = [Log, new(new("globex"), "general"), new(new("acme"), "general2")];
        foreach (var (log, n) in logs.Select((log, n) => (log, n)))
        {
            await store.ApplyAsync(log, [new(2, "👍", new("ann"), 10 + n, false)], Cancelled);
        }

        await store.EraseAsync(logs[1], 2, Cancelled);
        Assert.Equal(10, (await store.FindAsync(logs[0], 2, "👍", new("ann"), Cancelled))!.Seq);
        Assert.Null(await store.FindAsync(logs[1], 2, "👍", new("ann"), Cancelled));
        Assert.Equal(12, (await store.FindAsync(logs[2], 2, "👍", new("ann"), Cancelled))!.Seq);
    }

    [Fact]
    public async Task Erasing_removes_the_rows_of_one_message()
    {
        var store = CreateStore();
        await store.ApplyAsync(Log, [new(2, "👍", new("ann"), 5, false), new(2, "🎉", new("bob"), 6, true), new(3, "👍", new("ann"), 7, false)], Cancelled);
        await store.EraseAsync(Log, 2, Cancelled);
        await CreateStore().EraseAsync(Log, 2, Cancelled);
        Assert.Empty(await store.SummarizeAsync(Log, 2, 20, Cancelled));
        Assert.Null(await store.FindAsync(Log, 2, "🎉", new("bob"), Cancelled));
        Assert.Single(await store.SummarizeAsync(Log, 3, 20, Cancelled));
    }

    [Fact]
    public async Task Reactions_at_once_are_all_counted()
    {
        var stores = new[] { CreateStore(), CreateStore() };
        await Task.WhenAll(Enumerable.Range(0, 60).Select(n => Task.Run(() => stores[n % 2].ApplyAsync(Log, [new(2, "👍", new($"user-{n}"), 10 + n, false)], Cancelled), Cancelled))).WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        Assert.Equal(60, (await stores[0].SummarizeAsync(Log, 2, 20, Cancelled))["👍"].Count);
    }
}
