using Caas.Core.Entries;
using Caas.Core.Feed;
using Xunit;
using static Caas.Tests.Entries.Drafts;

namespace Caas.Tests.Feed;

/// <summary>What <see cref="IEntrySource"/> promises. Adapters inherit it.</summary>
public abstract class EntrySourceContract
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(20);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A source over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IEntrySource CreateSource();

    /// <summary>A store over the same database.</summary>
    protected abstract IEntryStore CreateStore();

    [Fact]
    public async Task Entries_come_with_their_headers_in_the_order_of_commits()
    {
        var store = CreateStore();
        var appended = new List<Entry>();
        foreach (var draft in new[] { Change(Log("one"), "1", actor: null), Message(Log("two", Globex), "1"), Message(Log("one"), "2"), Change(LogId.OfUser(Acme, new("ann")), "1"), Change(Log("one"), "3", target: 2) })
        {
            appended.Add((await store.AppendAsync([draft], Cancelled))[0].Entry!);
        }

        await using var cursor = await CreateSource().OpenAsync(SourcePosition.Start, Cancelled);
        var headers = await ReadAsync(cursor, appended.Count);
        Assert.Equal(appended.Select(entry => new EntryHeader(entry.Log, entry.Seq, entry.MessageNo, entry.Type, entry.Target, entry.ActorId, entry.At, entry.Thread)), headers);
    }

    [Fact]
    public async Task None_is_missed_while_four_writers_write()
    {
        const int Each = 150;
        var stores = new[] { CreateStore(), CreateStore() };
        await using var cursor = await CreateSource().OpenAsync(SourcePosition.Start, Cancelled);
        var following = Task.Run(() => ReadAsync(cursor, 4 * Each, limit: 37), Cancelled);
        var writing = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            // Each waits for its own entry before the next, in another log: so the source must give them in this order.
            for (var n = 0; n < Each; n++)
            {
                await stores[writer % 2].AppendAsync([Message(Log($"c{(writer + n) % 3}"), $"{n}", actor: $"writer-{writer}")], Cancelled);
            }
        }, Cancelled));
        await Task.WhenAll(writing).WaitAsync(Bound, Cancelled);
        var headers = await following.WaitAsync(Bound, Cancelled);

        foreach (var log in headers.GroupBy(header => header.Log))
        {
            Assert.Equal(Enumerable.Range(1, log.Count()).Select(seq => (long)seq), log.Select(header => header.Seq));
        }

        foreach (var writer in headers.GroupBy(header => header.ActorId!))
        {
            var first = int.Parse(writer.Key[^1..], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(Enumerable.Range(0, Each).Select(n => $"c{(first + n) % 3}"), writer.Select(header => header.Log.Name));
        }
    }

    [Fact]
    public async Task A_follower_goes_on_where_another_one_stopped()
    {
        var store = CreateStore();
        var log = Log();
        await store.AppendAsync([.. Enumerable.Range(1, 20).Select(n => Message(log, $"{n}"))], Cancelled);
        var (position, seqs) = (SourcePosition.Start, new List<long>());
        while (seqs.Count < 20)
        {
            await using var cursor = await CreateSource().OpenAsync(position, Cancelled);
            var batch = await cursor.NextAsync(6, Wait, Cancelled);
            Assert.InRange(batch.Entries.Count, 1, 6);
            seqs.AddRange(batch.Entries.Select(header => header.Seq));
            position = batch.Position;
        }

        await store.AppendAsync([Message(log, "21")], Cancelled);
        await using var last = await CreateSource().OpenAsync(position, Cancelled);
        seqs.AddRange((await ReadAsync(last, 1)).Select(header => header.Seq));
        Assert.Equal(Enumerable.Range(1, 21).Select(seq => (long)seq), seqs);
    }

    [Fact]
    public async Task Without_a_position_it_starts_with_what_comes_from_now_on()
    {
        var store = CreateStore();
        await store.AppendAsync([Message(Log(), "before")], Cancelled);
        await using var cursor = await CreateSource().OpenAsync(null, Cancelled);
        await store.AppendAsync([Message(Log(), "after")], Cancelled);
        Assert.Equal(2, Assert.Single(await ReadAsync(cursor, 1)).Seq);
    }

    [Fact]
    public async Task An_empty_batch_keeps_the_place()
    {
        var store = CreateStore();
        await store.AppendAsync([Message(Log(), "1")], Cancelled);
        await using var cursor = await CreateSource().OpenAsync(SourcePosition.Start, Cancelled);
        await ReadAsync(cursor, 1);
        var empty = await cursor.NextAsync(10, TimeSpan.Zero, Cancelled);
        Assert.Empty(empty.Entries);
        Assert.Empty((await cursor.NextAsync(10, TimeSpan.FromMilliseconds(50), Cancelled)).Entries);
        await store.AppendAsync([Message(Log(), "2")], Cancelled);
        await using var again = await CreateSource().OpenAsync(empty.Position, Cancelled);
        Assert.Equal(2, Assert.Single(await ReadAsync(again, 1)).Seq);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_waiting_follower_is_woken_by_a_new_entry(bool ofAnotherInstance)
    {
        var source = CreateSource();
        var store = CreateStore();
        await using var cursor = await source.OpenAsync(null, Cancelled);
        var waiting = Task.Run(() => cursor.NextAsync(10, TimeSpan.FromMinutes(10), Cancelled), Cancelled);
        await (ofAnotherInstance ? CreateStore() : store).AppendAsync([Message(Log(), "1")], Cancelled);
        Assert.Single((await waiting.WaitAsync(Bound, Cancelled)).Entries);
    }

    [Fact]
    public async Task Waiting_can_be_cancelled()
    {
        await using var cursor = await CreateSource().OpenAsync(null, Cancelled);
        using var cancelled = new CancellationTokenSource();
        var waiting = cursor.NextAsync(10, TimeSpan.FromMinutes(10), cancelled.Token);
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(Bound, Cancelled));
    }

    [Fact]
    public async Task From_a_time_on_none_is_missed()
    {
        var store = CreateStore();
        var times = new List<DateTimeOffset>();
        for (var n = 0; n < 10; n++)
        {
            times.Add(TimeProvider.System.GetUtcNow());
            await store.AppendAsync([Message(Log(), $"{n}") with { At = times[n] }], Cancelled);
        }

        await using var cursor = await CreateSource().OpenAtTimeAsync(times[4], Cancelled);
        var seqs = new HashSet<long>();
        while (!seqs.IsSupersetOf([5, 6, 7, 8, 9, 10]))
        {
            var batch = await cursor.NextAsync(4, Wait, Cancelled);
            Assert.NotEmpty(batch.Entries);
            seqs.UnionWith(batch.Entries.Select(header => header.Seq));
        }
    }

    [Fact]
    public async Task A_position_that_the_store_does_not_know_is_lost()
    {
        await CreateStore().AppendAsync([Message(Log(), "1")], Cancelled);
        foreach (var position in new[] { "999999", "-1", "no position", "" })
        {
            await Assert.ThrowsAsync<SourcePositionLostException>(async () =>
            {
                await using var cursor = await CreateSource().OpenAsync(new(position), Cancelled);
                await cursor.NextAsync(1, TimeSpan.Zero, Cancelled);
            });
        }
    }

    private static async Task<List<EntryHeader>> ReadAsync(IEntryCursor cursor, int count, int limit = 100)
    {
        var headers = new List<EntryHeader>();
        while (headers.Count < count)
        {
            var batch = await cursor.NextAsync(limit, Wait, Cancelled).WaitAsync(Bound, Cancelled);
            Assert.NotEmpty(batch.Entries);
            headers.AddRange(batch.Entries);
        }

        Assert.Equal(count, headers.Count);
        return headers;
    }
}
