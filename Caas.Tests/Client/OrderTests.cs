using Caas.Client;
using Caas.Contracts;
using Microsoft.AspNetCore.SignalR;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>The scenarios of <c>clients/scenarios.md</c> about entries: what a caller is handed when the wire misbehaves.</summary>
public sealed class OrderTests : IAsyncLifetime
{
    private FakeServer _server = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await FakeServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Entries_that_come_in_any_order_and_twice_are_handed_out_in_order_and_once()
    {
        await using var connection = _server.Connection();
        await using var room = await JoinAsync(connection, 0);
        await _server.PushAsync(1, 3, 2, 2, 5, 4, 1, 6);
        await HasAllAsync(room, 1, 6);
        Assert.Equal(new FeedCounters(Live: 8, Inversions: 2, Repeats: 2, Gaps: 2, LetGo: 0), room.Counters);
    }

    [Fact]
    public async Task What_was_never_pushed_is_read_from_the_log()
    {
        await using var connection = _server.Connection();
        await using var room = await JoinAsync(connection, 0);
        await _server.PushAsync(1, 2, 7);
        await HasAllAsync(room, 1, 7);
        Assert.Equal([2], _server.Reads);
        Assert.Equal(1, room.Counters.Gaps);
    }

    [Fact]
    public async Task Entries_that_come_before_the_join_is_answered_wait_for_its_answer()
    {
        var pushed = new TaskCompletionSource();
        _server.BeforeJoin = () => pushed.Task;
        await using var connection = _server.Connection();
        await connection.ConnectAsync(Cancelled).Soon();
        var joining = connection.JoinAsync("room", 0, Cancelled);
        await Eventually.HoldsAsync(() => !_server.Joins.IsEmpty, "no join came", Cancelled);
        await _server.PushAsync(2, 3);
        pushed.SetResult();
        await using var room = await joining.Soon();
        await HasAllAsync(room, 1, 3);
        Assert.Equal(0, room.Counters.Gaps);
    }

    [Fact]
    public async Task A_join_from_now_on_begins_with_the_newest_page()
    {
        _server.Grow(120);
        await using var connection = _server.Connection();
        await using var room = await JoinAsync(connection, null);
        await _server.PushAsync(121);
        await HasAllAsync(room, 71, 121);
    }

    [Fact]
    public async Task After_a_long_absence_page_after_page_is_read_until_nothing_is_missing()
    {
        _server.Grow(1_050);
        _server.PageSize = 100;
        await using var connection = _server.Connection();
        await using var room = await JoinAsync(connection, 30);
        await _server.PushAsync(1_051);
        await HasAllAsync(room, 31, 1_051);
        Assert.Equal(room.LastSeq, room.KnownSeq);
    }

    [Fact]
    public async Task After_a_reconnect_every_conversation_is_joined_again_where_it_was_in_one_call()
    {
        await using var connection = _server.Connection();
        await using var room = await JoinAsync(connection, 0);
        await using var other = await connection.JoinAsync("other", 0, Cancelled).Soon();
        await _server.PushAsync(1, 2);
        await HasAllAsync(room, 1, 2);
        _server.Joins.Clear();

        // Missed while nobody was connected.
        await _server.DropAllAsync();
        _server.Grow(5);
        _server.Grow(2, "other");
        await HasAllAsync(room, 3, 5);
        await HasAllAsync(other, 1, 2);
        var joins = Assert.Single(_server.Joins);
        Assert.Equal([new JoinRequest("other", 0), new JoinRequest("room", 2)], joins.OrderBy(join => join.ConversationId));
    }

    [Fact]
    public async Task The_last_seq_given_to_another_connection_continues_behind_it()
    {
        long last;
        await using (var connection = _server.Connection())
        {
            await using var room = await JoinAsync(connection, 0);
            await _server.PushAsync(1, 2, 3, 4);
            await HasAllAsync(room, 1, 3);
            last = room.LastSeq;
        }

        await using var again = _server.Connection();
        await using var same = await JoinAsync(again, last);
        await HasAllAsync(same, 4, 4);
    }

    [Fact]
    public async Task A_slow_consumer_costs_bounded_memory_and_loses_nothing()
    {
        await using var connection = _server.Connection(options => options with { EntryBuffer = 10 });
        await using var room = await JoinAsync(connection, 0);
        await _server.PushAsync([.. Enumerable.Range(1, 200).Select(seq => (long)seq)]);
        await Eventually.HoldsAsync(() => room.Counters.Live == 200, "not all were pushed", Cancelled);
        Assert.True(room.Counters.LetGo >= 180, $"{room.Counters}");
        await HasAllAsync(room, 1, 200);
        await _server.PushAsync(201);
        await HasAllAsync(room, 201, 201);
    }

    [Fact]
    public async Task A_last_entry_that_was_lost_on_the_wire_is_noticed_by_the_answer_to_an_own_send()
    {
        await using var connection = _server.Connection();
        await using var room = await JoinAsync(connection, 0);
        await connection.SendAsync("room", new("never pushed"), Cancelled).Soon();
        await HasAllAsync(room, 1, 1);
    }

    [Fact]
    public async Task Limits_on_joins_and_reads_are_waited_out()
    {
        var refusals = 4;
        _server.Grow(20);
        _server.PageSize = 10;
        _server.BeforeJoin = _server.BeforeRead = () => Interlocked.Decrement(ref refusals) % 2 == 1 ? throw new HubException("rate_limited: Too many calls; try again in 5 ms.") : Task.CompletedTask;
        await using var connection = _server.Connection();
        await using var room = await JoinAsync(connection, 0);
        await HasAllAsync(room, 1, 20);
        Assert.Equal(1, _server.Connects);
    }

    [Fact]
    public async Task Conversations_whose_log_cannot_be_read_hold_up_no_other()
    {
        _server.PageSize = 10;
        _server.OnRead = conversation => conversation == "room" ? Task.CompletedTask : throw new HubException("internal_error: Something went wrong on our side.");
        await using var connection = _server.Connection();
        await connection.ConnectAsync(Cancelled).Soon();
        foreach (var (id, reads) in new[] { ("sick1", 1), ("sick2", 2) })
        {
            _server.Grow(20, id);
            await connection.JoinAsync(id, 0, Cancelled).Soon();
            await Eventually.HoldsAsync(() => _server.Reads.Count >= reads, "it was not read", Cancelled);
        }

        _server.Grow(20);
        await using var room = await JoinAsync(connection, 0);
        await HasAllAsync(room, 1, 20);
    }

    [Fact]
    public async Task A_join_that_cannot_even_be_asked_for_takes_none_of_its_batch_along()
    {
        _server.BeforeJoin = () => _server.Joins.Last().Any(join => join.ConversationId == "never") ? throw new HubException("invalid_arguments: conversations: no.") : Task.CompletedTask;
        await using var connection = _server.Connection();
        var never = connection.JoinAsync("never", 0, Cancelled);
        var room = connection.JoinAsync("room", 0, Cancelled);
        await connection.ConnectAsync(Cancelled).Soon();
        Assert.Equal("invalid_arguments", (await Assert.ThrowsAsync<CaasException>(() => never.Soon())).Code);
        await using var joined = await room.Soon();
        Assert.Equal(2, _server.Joins.First().Count);
        Assert.Equal(1, _server.Connects);
    }

    [Fact]
    public async Task A_resync_joins_again_and_reads_what_was_missed()
    {
        await using var connection = _server.Connection();
        await using var room = await JoinAsync(connection, 0);
        await _server.PushAsync(1);
        _server.Grow(4);
        await _server.Clients.Resync(new("backplane_reconnected"));
        await HasAllAsync(room, 1, 4);
        Assert.Equal(1, _server.Connects);
        Assert.Equal([null, 0L], _server.Joins.Select(join => (long?)(join[0].AfterSeq == 0 ? null : 0)));
    }

    [Fact]
    public async Task Who_is_removed_gets_what_came_before_and_is_told_why()
    {
        await using var connection = _server.Connection();
        await using var room = await JoinAsync(connection, 0);
        await _server.PushAsync(1, 2);
        await _server.Clients.Evicted(new("room", "removed"));
        var handed = new List<long>();
        var ended = await Assert.ThrowsAsync<CaasException>(() => room.ForEachAsync((entry, _) =>
        {
            handed.Add(entry.Seq);
            return ValueTask.CompletedTask;
        }, Cancelled).Soon());
        Assert.Equal("removed", ended.Code);
        Assert.Equal("removed", room.EndedBy);
        Assert.Equal([1, 2], handed);
        Assert.Equal(ConnectionState.Connected, connection.State.State);
    }

    [Fact]
    public async Task A_join_that_is_refused_tells_the_code_and_leaves_the_others_alone()
    {
        await using var connection = _server.Connection();
        await using var room = await JoinAsync(connection, 0);
        Assert.Equal("invalid_arguments", (await Assert.ThrowsAsync<CaasException>(() => connection.JoinAsync("other", 9, Cancelled).Soon())).Code);
        await Assert.ThrowsAsync<InvalidOperationException>(() => connection.JoinAsync("room", 0, Cancelled).Soon());
        await _server.PushAsync(1);
        await HasAllAsync(room, 1, 1);
        await using var now = await connection.JoinAsync("other", 0, Cancelled).Soon();
    }

    [Fact]
    public async Task Consuming_may_stop_and_go_on_and_ends_when_the_conversation_is_left()
    {
        await using var connection = _server.Connection();
        var room = await JoinAsync(connection, 0);
        await _server.PushAsync(1, 2, 3);
        await HasAllAsync(room, 1, 1);
        await using (var first = room.Entries(Cancelled).GetAsyncEnumerator(Cancelled))
        {
            Assert.True(await first.MoveNextAsync().AsTask().Soon());
            await Assert.ThrowsAsync<InvalidOperationException>(() => room.ForEachAsync((_, _) => default, Cancelled).Soon());
        }

        Assert.Equal(2, room.LastSeq);
        await room.DisposeAsync();
        var rest = new List<long>();
        await room.ForEachAsync((entry, _) =>
        {
            rest.Add(entry.Seq);
            return default;
        }, Cancelled).Soon();
        Assert.Equal([3], rest);
    }

    private static async Task<Conversation> JoinAsync(CaasConnection connection, long? afterSeq)
    {
        await connection.ConnectAsync(Cancelled).Soon();
        return await connection.JoinAsync("room", afterSeq, Cancelled).Soon();
    }

    private static async Task HasAllAsync(Conversation room, long from, long to) =>
        Assert.Equal(Enumerable.Range((int)from, (int)(to - from + 1)).Select(seq => (long)seq), (await room.TakeAsync(to)).Select(entry => entry.Seq));
}
