using System.Collections.Concurrent;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Delivery;
using Caas.Core.Ids;
using Caas.Realtime.Connections;
using Caas.Realtime.Delivery;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Realtime;

public sealed class ConversationFeedTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new();
    private readonly ConcurrentQueue<long> _reads = new();
    private readonly ConcurrentQueue<RealtimeConnection> _resyncs = new();
    private readonly List<FeedEffects> _effects = [];
    private readonly ConversationFeed _feed;
    private Func<long, IReadOnlyList<EntryResponse>?> _log = _ => [];

    public ConversationFeedTests() => _feed = new(Parts.Room, new FeedContext
    {
        Clock = _clock,
        Metrics = Parts.Metrics(),
        MaxRepair = 100,
        ReadAsync = (_, after, _) =>
        {
            _reads.Enqueue(after);
            return Task.FromResult<IReadOnlyList<DeliveredEntry>?>(_log(after)?.Select(entry => new DeliveredEntry(entry)).ToArray());
        },
        Apply = _effects.Add,
        Resync = _resyncs.Enqueue,
    });

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _feed.Dispose();

    [Fact]
    public async Task Entries_that_come_in_any_order_are_delivered_in_theirs_and_once()
    {
        var carrier = Watch(lastSeq: 10);
        foreach (var seq in new long[] { 12, 11, 11, 14, 9, 13, 12, 15 })
        {
            Offer(seq);
        }

        await carrier.WhenWrittenAsync(5, Cancelled);
        Assert.Equal([11L, 12, 13, 14, 15], carrier.Seqs);
        Assert.Empty(_reads);
    }

    [Fact]
    public async Task A_hole_is_read_once_for_all_watchers_after_the_hold_time()
    {
        var carriers = Enumerable.Range(0, 5).Select(_ => Watch(lastSeq: 10)).ToList();
        _log = after => [.. Enumerable.Range((int)after + 1, 3).Select(seq => Parts.Entry(seq))];
        Offer(13);
        Assert.All(carriers, carrier => Assert.Empty(carrier.Seqs));
        await AdvanceUntilAsync(() => carriers.TrueForAll(carrier => carrier.Seqs.Count == 3));
        Assert.All(carriers, carrier => Assert.Equal([11L, 12, 13], carrier.Seqs));
        Assert.Equal([10L], _reads);
    }

    [Fact]
    public async Task A_lost_last_entry_is_read_once_the_log_is_known_to_be_longer()
    {
        var carrier = Watch(lastSeq: 10);
        _log = after => [.. Enumerable.Range((int)after + 1, (int)(12 - after)).Select(seq => Parts.Entry(seq))];
        _feed.NoticeTail(10);
        _feed.NoticeTail(12);
        await AdvanceUntilAsync(() => carrier.Seqs.Count == 2);
        Assert.Equal([11L, 12], carrier.Seqs);
    }

    [Fact]
    public async Task What_comes_within_the_hold_time_is_not_read()
    {
        var carrier = Watch(lastSeq: 10);
        _feed.NoticeTail(11);
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        Offer(11);
        await carrier.WhenWrittenAsync(1, Cancelled);
        for (var i = 0; i < 20; i++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        Assert.Empty(_reads);
    }

    [Fact]
    public async Task While_the_store_is_gone_it_is_asked_again()
    {
        var carrier = Watch(lastSeq: 10);
        _log = after => _reads.Count < 5 ? [] : [.. Enumerable.Range((int)after + 1, 1).Select(seq => Parts.Entry(seq))];
        Offer(12);
        await AdvanceUntilAsync(() => carrier.Seqs.Count == 2);
        Assert.Equal([11L, 12], carrier.Seqs);
        Assert.True(_reads.Count >= 5);
    }

    [Fact]
    public async Task Of_too_large_a_hole_clients_are_told_to_read_and_what_follows_is_delivered()
    {
        var carrier = Watch(lastSeq: 10);
        _feed.NoticeTail(500);
        await AdvanceUntilAsync(() => _resyncs.Count == 1);
        Offer(501);
        await carrier.WhenWrittenAsync(1, Cancelled);
        Assert.Equal([501L], carrier.Seqs);
        Assert.Empty(_reads);
    }

    [Fact]
    public async Task Live_entries_wait_for_the_answer_of_the_join_and_its_items_are_not_pushed_again()
    {
        var carrier = new FakeCarrier();
        var watch = _feed.Join(Parts.Connection(carrier));
        Offer(11);
        Offer(13);
        Offer(12);
        Assert.True(_feed.Read(watch, lastSeq: 12));
        Offer(14);
        Assert.Empty(carrier.Seqs);
        _feed.Release(watch, watch.Generation);
        Offer(15);
        await carrier.WhenWrittenAsync(3, Cancelled);
        Assert.Equal([13L, 14, 15], carrier.Seqs);
    }

    [Fact]
    public async Task A_join_that_read_less_than_others_have_got_is_brought_level()
    {
        var first = Watch(lastSeq: 10);
        Offer(11);
        Offer(12);
        await first.WhenWrittenAsync(2, Cancelled);
        _log = after => [.. Enumerable.Range((int)after + 1, (int)(12 - after)).Select(seq => Parts.Entry(seq))];
        var second = Watch(lastSeq: 10);
        Offer(13);
        await AdvanceUntilAsync(() => second.Seqs.Count == 3);
        Assert.Equal([11L, 12, 13], second.Seqs);
        Assert.Equal([11L, 12, 13], first.Seqs);
    }

    [Fact]
    public async Task The_removed_one_gets_the_removal_and_nothing_after_it()
    {
        var bob = Watch(lastSeq: 10, "bob");
        var carol = Watch(lastSeq: 10, "carol");
        Offer(11);
        _feed.Offer(LiveEntry.From(Parts.Entry(12, EntryTypes.MemberRemoved, JsonDocument.Parse("""{"userIds":["bob"]}""").RootElement)));
        Offer(13);
        await carol.WhenWrittenAsync(3, Cancelled);
        var written = await bob.WhenWrittenAsync(3, Cancelled);
        Assert.Equal([11L, 12, 13], carol.Seqs);
        Assert.Equal(["Entry", "Entry", "Evicted"], written.Select(message => message.Method));
        Assert.Equal("removed", written[2].Argument.GetProperty("reason").GetString());
        Assert.Equal("room", written[2].Argument.GetProperty("conversationId").GetString());
        Assert.Equal("bob", Assert.Single(_effects, effects => effects.EndedWatches.Count > 0).EndedWatches[0].Connection.User.Value);
    }

    [Fact]
    public async Task What_waits_for_a_slow_reader_is_not_written_after_it_was_evicted()
    {
        var bob = new FakeCarrier();
        bob.Block();
        Watch(bob, lastSeq: 10, "bob");
        Offer(11);
        await bob.WhenWrittenAsync(1, Cancelled);
        Offer(12);
        Offer(13);
        _feed.Evict(new UserId("bob"), since: null, "banned");
        bob.Unblock();
        var written = await bob.WhenWrittenAsync(2, Cancelled);
        Assert.Equal(["Entry", "Evicted"], written.Select(message => message.Method));
    }

    [Fact]
    public void Who_joined_after_the_removal_is_looked_up_again_instead()
    {
        Watch(lastSeq: 15, "bob");
        _feed.Evict(new UserId("bob"), since: 12, "removed");
        Assert.False(_feed.IsEmpty);
        Assert.Single(_effects, effects => effects.Doubtful.Count == 1);
    }

    [Fact]
    public void A_join_that_read_across_the_removal_is_doubted()
    {
        var watch = _feed.Join(Parts.Connection(new FakeCarrier(), "bob"));
        _feed.Offer(LiveEntry.From(Parts.Entry(12, EntryTypes.MemberRemoved, JsonDocument.Parse("""{"userIds":["bob"]}""").RootElement)));
        Assert.False(_feed.Read(watch, lastSeq: 12));
    }

    [Fact]
    public async Task The_end_of_the_conversation_ends_all_watches()
    {
        var carriers = Enumerable.Range(0, 3).Select(i => Watch(lastSeq: 10, $"user{i}")).ToList();
        _feed.Offer(LiveEntry.From(Parts.Entry(11, EntryTypes.ConversationDeleted)));
        foreach (var carrier in carriers)
        {
            var written = await carrier.WhenWrittenAsync(2, Cancelled);
            Assert.Equal("conversation_deleted", written[1].Argument.GetProperty("reason").GetString());
        }

        Assert.True(_feed.IsEmpty);
    }

    [Fact]
    public async Task A_second_join_of_a_connection_begins_anew()
    {
        var carrier = new FakeCarrier();
        var connection = Parts.Connection(carrier);
        var watch = Watch(connection, lastSeq: 10);
        Offer(11);
        await carrier.WhenWrittenAsync(1, Cancelled);
        Assert.Same(watch, _feed.Join(connection));
        Offer(12);
        Assert.True(_feed.Read(watch, lastSeq: 12));
        Offer(13);
        _feed.Release(watch, watch.Generation - 1);
        Assert.Equal([11L], carrier.Seqs);
        _feed.Release(watch, watch.Generation);
        await carrier.WhenWrittenAsync(2, Cancelled);
        Assert.Equal([11L, 13], carrier.Seqs);
    }

    [Fact]
    public async Task One_that_does_not_read_is_cut_off_and_delays_nobody()
    {
        var stuck = new FakeCarrier();
        stuck.Block();
        Watch(Parts.Connection(stuck, "bob", maxMessages: 100), lastSeq: 0);
        var healthy = Watch(lastSeq: 0, "carol");
        for (var seq = 1; seq <= 300; seq++)
        {
            Offer(seq);
        }

        await healthy.WhenWrittenAsync(300, Cancelled);
        await stuck.Ended.WaitAsync(Bound, Cancelled);
        Assert.True(stuck.IsCutOff);
        Assert.Equal(Enumerable.Range(1, 300).Select(seq => (long)seq), healthy.Seqs);
        stuck.Unblock();
    }

    private FakeCarrier Watch(long lastSeq, string user = "alice")
    {
        var carrier = new FakeCarrier();
        Watch(carrier, lastSeq, user);
        return carrier;
    }

    private void Watch(FakeCarrier carrier, long lastSeq, string user) => Watch(Parts.Connection(carrier, user), lastSeq);

    private Watch Watch(RealtimeConnection connection, long lastSeq)
    {
        var watch = _feed.Join(connection);
        _feed.Read(watch, lastSeq);
        _feed.Release(watch, watch.Generation);
        return watch;
    }

    private void Offer(long seq) => _feed.Offer(LiveEntry.TryParse(LiveEntry.From(Parts.Entry(seq)).Json)!);

    private async Task AdvanceUntilAsync(Func<bool> done)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        bound.CancelAfter(Bound);
        while (!done())
        {
            bound.Token.ThrowIfCancellationRequested();
            _clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(1, bound.Token);
        }
    }
}
