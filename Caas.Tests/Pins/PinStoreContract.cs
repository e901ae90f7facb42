using Caas.Core.Entries;
using Caas.Core.Pins;
using Xunit;

namespace Caas.Tests.Pins;

/// <summary>What <see cref="IPinStore"/> promises. Adapters inherit it.</summary>
public abstract class PinStoreContract
{
    private static readonly LogId Log = new(new("acme"), "general");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IPinStore CreateStore();

    [Fact]
    public async Task The_latest_entry_wins_in_whatever_order_they_are_applied()
    {
        Assert.Null(await CreateStore().FindAsync(Log, 2, Cancelled));
        await CreateStore().ApplyAsync(Log, new(2, new("ann"), 5, Removed: false), Cancelled);
        await CreateStore().ApplyAsync(Log, new(2, new("bob"), 4, Removed: true), Cancelled);
        await CreateStore().ApplyAsync(Log, new(2, new("bob"), 5, Removed: true), Cancelled);
        Assert.Equal(new Pin(2, new("ann"), 5, false), await CreateStore().FindAsync(Log, 2, Cancelled));
        await CreateStore().ApplyAsync(Log, new(2, null, 8, Removed: true), Cancelled);
        await CreateStore().ApplyAsync(Log, new(2, new("ann"), 7, Removed: false), Cancelled);
        Assert.Equal(new Pin(2, null, 8, true), await CreateStore().FindAsync(Log, 2, Cancelled));
        Assert.Empty(await CreateStore().ListAsync(Log, long.MaxValue, 10, Cancelled));
    }

    [Fact]
    public async Task Pages_go_from_the_newest_pin_to_the_oldest_whatever_the_messages_order()
    {
        var store = CreateStore();
        foreach (var (message, seq) in new[] { (2, 30), (3, 10), (4, 40), (5, 20), (6, 50) })
        {
            await store.ApplyAsync(Log, new(message, message == 4 ? null : new("ann"), seq, Removed: message == 6), Cancelled);
        }

        var first = await store.ListAsync(Log, long.MaxValue, 2, Cancelled);
        Assert.Equal([new Pin(4, null, 40, false), new Pin(2, new("ann"), 30, false)], first);
        Assert.Equal([5L, 3L], (await store.ListAsync(Log, first[^1].Seq, 10, Cancelled)).Select(pin => pin.MessageSeq));
        Assert.Empty(await store.ListAsync(Log, 10, 10, Cancelled));
    }

    [Fact]
    public async Task Logs_and_tenants_with_the_same_ids_never_meet()
    {
        var store = CreateStore();
        LogId[] logs = [Log, new(new("globex"), "general"), new(new("acme"), "general2")];
        foreach (var (log, n) in logs.Select((log, n) => (log, n)))
        {
            await store.ApplyAsync(log, new(2, new("ann"), 10 + n, false), Cancelled);
        }

        await store.ApplyAsync(logs[1], new(2, new("ann"), 20, Removed: true), Cancelled);
        Assert.Equal([10L], (await store.ListAsync(logs[0], long.MaxValue, 10, Cancelled)).Select(pin => pin.Seq));
        Assert.Empty(await store.ListAsync(logs[1], long.MaxValue, 10, Cancelled));
        Assert.Equal(12, (await store.FindAsync(logs[2], 2, Cancelled))!.Seq);
    }

    [Fact]
    public async Task Of_writers_at_once_the_latest_entry_stays()
    {
        var stores = new[] { CreateStore(), CreateStore() };
        await Task.WhenAll(Enumerable.Range(1, 40).Select(n => Task.Run(() => stores[n % 2].ApplyAsync(Log, new(2, new($"user-{n}"), n, Removed: n % 2 == 1), Cancelled), Cancelled))).WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        Assert.Equal(new Pin(2, new("user-40"), 40, false), await stores[0].FindAsync(Log, 2, Cancelled));
    }
}
