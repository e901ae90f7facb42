using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Xunit;

namespace Caas.Tests.Feed;

/// <summary>What <see cref="IFeedStore"/> promises. Adapters inherit it.</summary>
public abstract class FeedStoreContract
{
    private static readonly TenantId Acme = new("acme");
    private static readonly TenantId Globex = new("globex");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IFeedStore CreateStore();

    [Fact]
    public async Task Each_tenant_has_its_own_dense_positions()
    {
        var store = CreateStore();
        await store.AppendAsync([Header(Acme, "c", 1), Header(Globex, "c", 1), Header(Acme, "d", 1), Header(Acme, "c", 2)], 1, Cancelled);
        await store.AppendAsync([Header(Globex, "c", 2), Header(Acme, "$user/ann", 1)], 1, Cancelled);

        Assert.Equal(["1 c/1", "2 d/1", "3 c/2", "4 $user/ann/1"], Shown(await store.ReadAsync(Acme, 0, 100, Cancelled)));
        Assert.Equal(["1 c/1", "2 c/2"], Shown(await store.ReadAsync(Globex, 0, 100, Cancelled)));
        Assert.Equal((4, 2, 0), (await store.ReadHeadAsync(Acme, Cancelled), await store.ReadHeadAsync(Globex, Cancelled), await store.ReadHeadAsync(new("initech"), Cancelled)));
        Assert.Equal([2, 0, 4], await store.ReadHeadsAsync([Globex, new("initech"), Acme], Cancelled));
        Assert.Empty(await store.ReadHeadsAsync([], Cancelled));
    }

    [Fact]
    public async Task Headers_come_back_as_they_were()
    {
        var store = CreateStore();
        EntryHeader[] headers =
        [
            new(new(Acme, "c"), 1, 0, "conversation.created", EntryTarget.Log, null, At(1)),
            new(new(Acme, "c"), 2, 1, "message.created", EntryTarget.Message, "ann@example.com", At(2)),
            new(new(Acme, "c"), 3, 1, "reaction.added", 2, "bob", At(3)),
            new(new(Acme, "$user/bob"), 1, 0, "user.created", EntryTarget.Log, null, At(4)),
        ];
        await store.AppendAsync(headers, 1, Cancelled);
        Assert.Equal(headers, (await CreateStore().ReadAsync(Acme, 0, 100, Cancelled)).Select(item => item.Entry));
    }

    [Fact]
    public async Task Pages_are_dense_and_end()
    {
        var store = CreateStore();
        await store.AppendAsync([.. Enumerable.Range(1, 25).Select(seq => Header(Acme, "c", seq))], 1, Cancelled);
        var positions = new List<long>();
        for (long after = 0; await store.ReadAsync(Acme, after, 10, Cancelled) is { Count: > 0 } page; after = page[^1].Position)
        {
            positions.AddRange(page.Select(item => item.Position));
        }

        Assert.Equal(Enumerable.Range(1, 25).Select(i => (long)i), positions);
    }

    [Fact]
    public async Task What_stands_in_the_feed_already_is_skipped_without_a_hole()
    {
        var store = CreateStore();
        await store.AppendAsync([Header(Acme, "c", 1), Header(Acme, "c", 2)], 1, Cancelled);
        await store.AppendAsync([Header(Acme, "c", 1), Header(Acme, "d", 1), Header(Acme, "c", 2), Header(Acme, "c", 3), Header(Acme, "c", 3)], 1, Cancelled);
        await CreateStore().AppendAsync([Header(Acme, "d", 1), Header(Acme, "c", 3)], 1, Cancelled);
        Assert.Equal(["1 c/1", "2 c/2", "3 d/1", "4 c/3"], Shown(await store.ReadAsync(Acme, 0, 100, Cancelled)));
    }

    [Fact]
    public async Task An_empty_batch_is_nothing()
    {
        var store = CreateStore();
        await store.AppendAsync([], 1, Cancelled);
        Assert.Equal(0, await store.ReadHeadAsync(Acme, Cancelled));
        Assert.Empty(await store.ReadLastSeqsAsync([], Cancelled));
    }

    [Fact]
    public async Task The_last_seq_of_each_log_is_told_in_the_order_asked_for()
    {
        var store = CreateStore();
        await store.AppendAsync([Header(Acme, "c", 1), Header(Globex, "c", 1), Header(Acme, "c", 2), Header(Acme, "d", 1)], 1, Cancelled);
        Assert.Equal([1, 0, 2, 1], await CreateStore().ReadLastSeqsAsync([new(Acme, "d"), new(Acme, "e"), new(Acme, "c"), new(Globex, "c")], Cancelled));
    }

    [Fact]
    public async Task A_zombie_may_not_append_once_its_successor_has_saved_its_place()
    {
        var (zombie, successor) = (CreateStore(), CreateStore());
        await zombie.AppendAsync([Header(Acme, "c", 1)], 1, Cancelled);
        await zombie.SaveSourcePositionAsync(FeedConsumers.Projector, new("p1"), At(1), 1, Cancelled);
        await successor.SaveSourcePositionAsync(FeedConsumers.Projector, new("p1"), At(1), 2, Cancelled);

        await Assert.ThrowsAsync<FencedException>(() => zombie.AppendAsync([Header(Acme, "c", 2)], 1, Cancelled));
        await Assert.ThrowsAsync<FencedException>(() => zombie.SaveSourcePositionAsync(FeedConsumers.Projector, new("p2"), At(2), 1, Cancelled));
        Assert.Equal(["1 c/1"], Shown(await successor.ReadAsync(Acme, 0, 100, Cancelled)));
        Assert.Equal("p1", (await successor.ReadSourcePositionAsync(FeedConsumers.Projector, Cancelled))?.Position.Value);

        await successor.AppendAsync([Header(Acme, "c", 2)], 2, Cancelled);
        Assert.Equal(["1 c/1", "2 c/2"], Shown(await zombie.ReadAsync(Acme, 0, 100, Cancelled)));
    }

    [Fact]
    public async Task Two_who_append_the_same_entries_at_once_leave_neither_hole_nor_double()
    {
        var headers = Enumerable.Range(0, 300).Select(i => Header(i % 2 == 0 ? Acme : Globex, $"c{i % 7}", 1 + (i / 14))).DistinctBy(header => (header.Log, header.Seq)).ToArray();
        var stores = new[] { CreateStore(), CreateStore(), CreateStore() };
        await Task.WhenAll(stores.Select(store => AppendInBatchesAsync(store, headers)));

        // Somebody may have been refused in between; whoever goes on alone finishes.
        await stores[0].AppendAsync(headers, 1, Cancelled);
        foreach (var tenant in new[] { Acme, Globex })
        {
            var items = await stores[1].ReadAsync(tenant, 0, 1000, Cancelled);
            Assert.Equal(Enumerable.Range(1, items.Count).Select(i => (long)i), items.Select(item => item.Position));
            foreach (var log in items.GroupBy(item => item.Entry.Log))
            {
                Assert.Equal(Enumerable.Range(1, log.Count()).Select(i => (long)i), log.Select(item => item.Entry.Seq));
            }
        }

        Assert.Equal(headers.Length, await stores[2].ReadHeadAsync(Acme, Cancelled) + await stores[2].ReadHeadAsync(Globex, Cancelled));
    }

    [Fact]
    public async Task The_source_position_is_kept_with_its_time_per_consumer()
    {
        var store = CreateStore();
        Assert.Null(await store.ReadSourcePositionAsync(FeedConsumers.Projector, Cancelled));
        await store.SaveSourcePositionAsync(FeedConsumers.Projector, SourcePosition.Start, DateTimeOffset.UnixEpoch, 1, Cancelled);
        await store.SaveSourcePositionAsync("search", new("elsewhere"), At(9), 5, Cancelled);
        await store.SaveSourcePositionAsync(FeedConsumers.Projector, new("p2"), At(7), 1, Cancelled);
        Assert.Equal(new(new("p2"), At(7)), await CreateStore().ReadSourcePositionAsync(FeedConsumers.Projector, Cancelled));
        Assert.Equal(new(new("elsewhere"), At(9)), await CreateStore().ReadSourcePositionAsync("search", Cancelled));
    }

    [Fact]
    public async Task A_position_moves_forward_only_and_a_lower_epoch_is_fenced()
    {
        var store = CreateStore();
        Assert.Equal(0, await store.ReadPositionAsync("bus/g", Acme, Cancelled));
        await store.SavePositionAsync("bus/g", Acme, 5, 1, Cancelled);
        await store.SavePositionAsync("bus/g", Acme, 3, 2, Cancelled);
        Assert.Equal(5, await CreateStore().ReadPositionAsync("bus/g", Acme, Cancelled));
        await Assert.ThrowsAsync<FencedException>(() => store.SavePositionAsync("bus/g", Acme, 8, 1, Cancelled));
        Assert.Equal(5, await store.ReadPositionAsync("bus/g", Acme, Cancelled));
        await store.SavePositionAsync("bus/g", Acme, 8, 2, Cancelled);
        Assert.Equal(8, await store.ReadPositionAsync("bus/g", Acme, Cancelled));
        Assert.Equal((0, 0), (await store.ReadPositionAsync("bus/other", Acme, Cancelled), await store.ReadPositionAsync("bus/g", Globex, Cancelled)));
        await store.SavePositionAsync("bus/g", Globex, 1, 1, Cancelled);
    }

    [Fact]
    public async Task Those_who_are_behind_are_listed_by_tenant_in_pages()
    {
        var store = CreateStore();
        var tenants = Enumerable.Range(1, 7).Select(i => new TenantId($"t-{i}")).ToArray();
        await store.AppendAsync([.. tenants.SelectMany(tenant => new[] { Header(tenant, "c", 1), Header(tenant, "c", 2) })], 1, Cancelled);
        await store.SavePositionAsync("bus/g", tenants[0], 2, 1, Cancelled);
        await store.SavePositionAsync("bus/g", tenants[1], 1, 1, Cancelled);
        await store.SavePositionAsync("bus/other", tenants[2], 2, 1, Cancelled);

        var first = await store.ReadBehindAsync("bus/g", null, 4, Cancelled);
        Assert.Equal([new(tenants[1], 1, 2), new(tenants[2], 0, 2), new(tenants[3], 0, 2), new(tenants[4], 0, 2)], first);
        Assert.Equal([new(tenants[5], 0, 2), new(tenants[6], 0, 2)], await store.ReadBehindAsync("bus/g", first[^1].Tenant, 4, Cancelled));

        foreach (var tenant in tenants)
        {
            await store.SavePositionAsync("bus/g", tenant, 2, 1, Cancelled);
        }

        Assert.Empty(await store.ReadBehindAsync("bus/g", null, 4, Cancelled));
    }

    private static async Task AppendInBatchesAsync(IFeedStore store, EntryHeader[] headers)
    {
        try
        {
            foreach (var batch in headers.Chunk(20))
            {
                await store.AppendAsync(batch, 1, Cancelled);
            }
        }
        catch (FencedException)
        {
            // A store may answer so when it sees another writer.
        }
    }

    private static IEnumerable<string> Shown(IEnumerable<FeedItem> items) => items.Select(item => $"{item.Position} {item.Entry.Log.Name}/{item.Entry.Seq}");

    private static DateTimeOffset At(int second) => DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000 + (second * 1000));

    private static EntryHeader Header(TenantId tenant, string log, long seq) => new(new(tenant, log), seq, seq, "message.created", EntryTarget.Message, "ann", At((int)seq));
}
