using System.Collections.Concurrent;
using Caas.Contracts;
using Microsoft.AspNetCore.SignalR;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>The scenarios of <c>clients/scenarios.md</c> about receipts.</summary>
public sealed class MarkTests : IAsyncLifetime
{
    private FakeServer _server = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await FakeServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Many_marks_cost_few_calls_and_the_furthest_arrives()
    {
        var busy = new TaskCompletionSource();
        _server.OnMark = async (_, _, _) => await busy.Task;
        await using var connection = _server.Connection();
        await connection.ConnectAsync(Cancelled).Soon();
        for (var seq = 1; seq <= 100; seq++)
        {
            connection.MarkDelivered("room", seq);
            connection.MarkRead("room", Math.Max(1, seq - 10));
        }

        busy.SetResult();
        await Eventually.HoldsAsync(() => Read("room") == 90 && Delivered("room") == 100, "the furthest marks did not arrive", Cancelled);
        Assert.InRange(_server.Marks.Count, 2, 6);
        connection.MarkRead("room", 0); // behind what is marked: nothing to do
        Assert.Throws<ArgumentOutOfRangeException>(() => connection.MarkRead("room", -1));
    }

    [Fact]
    public async Task What_was_marked_shortly_before_the_connection_was_lost_is_marked_again()
    {
        await using var connection = _server.Connection();
        await connection.ConnectAsync(Cancelled).Soon();
        connection.MarkRead("room", 7);
        await Eventually.HoldsAsync(() => Read("room") == 7, "the mark did not arrive", Cancelled);
        _server.Marks.Clear();
        await _server.DropAllAsync();
        await Eventually.HoldsAsync(() => Read("room") == 7, "the mark was not repeated", Cancelled);

        // One that was never answered too.
        _server.OnMark = (_, _, context) =>
        {
            context.Abort();
            _server.OnMark = null;
            return Task.CompletedTask;
        };
        connection.MarkRead("room", 8);
        await Eventually.HoldsAsync(() => _server.Marks.Count(mark => mark.Seq == 8) >= 2, "the mark was not sent again", Cancelled);
    }

    [Fact]
    public async Task A_mark_that_is_refused_holds_up_none_and_one_that_is_limited_comes_later()
    {
        var limited = true;
        _server.OnMark = (_, conversation, _) => conversation == "not-mine" ? throw new HubException("not_a_member: You are not a member of this conversation.")
            : limited ? throw Limited() : Task.CompletedTask;
        await using var connection = _server.Connection();
        await connection.ConnectAsync(Cancelled).Soon();
        connection.MarkRead("not-mine", 3);
        connection.MarkRead("room", 4);
        await Eventually.HoldsAsync(() => Read("room") == 4, "the mark did not arrive", Cancelled);
        Assert.Single(_server.Marks, mark => mark.Conversation == "not-mine");

        HubException Limited()
        {
            limited = false;
            return new("rate_limited: Too many calls; try again in 5 ms.");
        }
    }

    [Fact]
    public async Task What_others_have_and_what_is_unread_is_told()
    {
        await using var connection = _server.Connection();
        var told = new ConcurrentQueue<Receipt>();
        connection.Receipt += told.Enqueue;
        await connection.ConnectAsync(Cancelled).Soon();
        await _server.Clients.Receipt(new("room", "bob", 7, null));
        await Eventually.HoldsAsync(() => told.Contains(new("room", "bob", 7, null)), "the receipt was not told", Cancelled);
        Assert.Equal(3, (await connection.GetUnreadAsync(Cancelled)).Conversations["room"]);
    }

    private long Read(string conversation) => Last("MarkRead", conversation);

    private long Delivered(string conversation) => Math.Max(Last("MarkDelivered", conversation), Read(conversation));

    private long Last(string method, string conversation) => _server.Marks.Where(mark => mark.Method == method && mark.Conversation == conversation).Select(mark => mark.Seq).DefaultIfEmpty().Max();
}
