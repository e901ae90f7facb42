using System.Text.Json;
using Caas.Client;
using Caas.Contracts;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>The scenarios of <c>clients/scenarios.md</c> about sending: stored once, in order, with an outcome for each.</summary>
public sealed class SendTests : IAsyncLifetime
{
    private FakeServer _server = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await FakeServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_message_whose_answer_was_lost_is_sent_again_with_the_same_id_and_stored_once()
    {
        var lost = 2;
        _server.OnSend = (message, connection) =>
        {
            var stored = _server.Store(message);
            if (Interlocked.Decrement(ref lost) < 0)
            {
                return Task.FromResult(stored);
            }

            connection.Abort();
            return Never<SendMessageResult>();
        };
        await using var connection = await ConnectAsync();
        var sent = await connection.SendAsync("room", new("hello"), Cancelled).Soon();
        Assert.Equal(new SendResult("m1", 1, DateTimeOffset.UnixEpoch, Duplicate: true, sent.ClientMessageId, Attempts: 3), sent);
        Assert.Equal([sent.ClientMessageId], _server.ClientIds());
        Assert.Equal(3, _server.Connects);
    }

    [Fact]
    public async Task Everything_that_a_message_may_hold_reaches_the_server()
    {
        _server.OnSend = (message, _) => Task.FromResult(_server.Store(message));
        await using var connection = await ConnectAsync();
        var message = new SendMessageRequest("hello", "id-1", [new("https://example.org/a.png")], ["bob"], "root", JsonSerializer.SerializeToElement(1), "quoted", new(["yes", "no"], "Which?"));
        Assert.All(typeof(SendMessageRequest).GetProperties(), property => Assert.NotNull(property.GetValue(message)));
        await connection.SendAsync("room", message, Cancelled).Soon();
        Assert.Equal(JsonSerializer.Serialize(message, CaasJsonContext.Default.SendMessageRequest), JsonSerializer.Serialize(Assert.Single(_server.Sends).ToRequest(), CaasJsonContext.Default.SendMessageRequest));
    }

    [Fact]
    public async Task A_server_that_is_silent_is_left_and_the_message_sent_again()
    {
        var silent = 1;
        _server.OnSend = (message, _) => Interlocked.Decrement(ref silent) < 0 ? Task.FromResult(_server.Store(message)) : Never<SendMessageResult>();
        await using var connection = await ConnectAsync(options => options with { AnswerTimeout = TimeSpan.FromMilliseconds(300) });
        Assert.Equal(2, (await connection.SendAsync("room", new("hello"), Cancelled).Soon()).Attempts);
        Assert.Equal(2, _server.Connects);
    }

    [Fact]
    public async Task Messages_keep_the_order_of_their_calls_whatever_is_refused_and_lost_in_between()
    {
        var tries = 0;
        _server.OnSend = (message, connection) =>
        {
            switch (Interlocked.Increment(ref tries) % 7)
            {
                case 1:
                    throw new HubException("rate_limited: Too many calls; try again in 1 ms.");
                case 3:
                    throw new HubException("unavailable: A dependency is not available.");
                case 5 when tries < 100:
                    _ = message.Text!.EndsWith('0') ? _server.Store(message) : null;
                    connection.Abort();
                    return Never<SendMessageResult>();
                default:
                    return Task.FromResult(_server.Store(message));
            }
        };
        await using var connection = await ConnectAsync();
        var sends = Enumerable.Range(1, 100).Select(i => connection.SendAsync("room", new($"{i}", $"id{i}"), Cancelled)).ToList();
        var sent = await Task.WhenAll(sends).WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
        Assert.Equal(Enumerable.Range(1, 100).Select(i => $"id{i}"), _server.ClientIds());
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), sent.Select(one => one.Seq));
    }

    [Fact]
    public async Task A_message_that_is_refused_is_not_sent_again_and_holds_up_none()
    {
        _server.OnSend = (message, _) => message.Text == "bad" ? throw new HubException("not_allowed: You may not do this.") : Task.FromResult(_server.Store(message));
        await using var connection = await ConnectAsync();
        var bad = connection.SendAsync("room", new("bad"), Cancelled);
        var good = connection.SendAsync("room", new("good"), Cancelled);
        var refused = await Assert.ThrowsAsync<CaasException>(() => bad.Soon());
        Assert.Equal(("not_allowed", "You may not do this.", false), (refused.Code, refused.Detail, refused.MayHaveHappened));
        Assert.Equal(1, (await good.Soon()).Seq);
        Assert.Equal(2, _server.Sends.Count);
    }

    [Fact]
    public async Task A_fault_of_the_server_is_tried_again_but_not_for_ever()
    {
        _server.OnSend = (_, _) => throw new HubException("internal_error: Something went wrong on our side.");
        await using var connection = await ConnectAsync();
        var refused = await Assert.ThrowsAsync<CaasException>(() => connection.SendAsync("room", new("x"), Cancelled).Soon());
        Assert.Equal(("internal_error", true), (refused.Code, refused.MayHaveHappened));
        Assert.Equal(6, _server.Sends.Count);
    }

    [Theory]
    [InlineData("lost and stored", true)]
    [InlineData("internal_error: Something went wrong on our side.", true)]
    [InlineData("unavailable: The store did not confirm the write; try again with the same id.", true)]
    [InlineData("rate_limited: Too many calls; try again in 1 ms.", false)]
    [InlineData("token_expired: The token has expired.", false)]
    public async Task What_refuses_a_later_try_says_nothing_of_the_one_whose_answer_was_lost(string first, bool mayHaveHappened)
    {
        _server.OnSend = (message, connection) =>
        {
            if (_server.Sends.Count > 1)
            {
                throw new HubException("not_a_member: You are not a member of this conversation.");
            }

            if (first != "lost and stored")
            {
                throw new HubException(first);
            }

            _server.Store(message);
            connection.Abort();
            return Never<SendMessageResult>();
        };
        await using var connection = await ConnectAsync();
        var refused = await Assert.ThrowsAsync<CaasException>(() => connection.SendAsync("room", new("hello"), Cancelled).Soon());
        Assert.Equal(("not_a_member", "You are not a member of this conversation.", mayHaveHappened), (refused.Code, refused.Detail, refused.MayHaveHappened));
        Assert.Equal(2, _server.Sends.Count);
    }

    [Fact]
    public async Task A_call_that_is_refused_for_its_token_is_made_again_with_a_fresh_one()
    {
        _server.OnSend = (message, _) => _server.Sends.Count == 1 ? throw new HubException("token_expired: The token has expired.") : Task.FromResult(_server.Store(message));
        await using var connection = await ConnectAsync();
        Assert.Equal(1, (await connection.SendAsync("room", new("hello"), Cancelled).Soon()).Seq);
        Assert.Equal(2, _server.Connects);
    }

    [Fact]
    public async Task Who_cancels_while_a_limit_is_waited_out_knows_that_nothing_was_stored()
    {
        _server.OnSend = (_, _) => throw new HubException("rate_limited: Too many calls; try again in 600000 ms.");
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var connection = await ConnectAsync(options => options with { LoggerFactory = Connections.Log(line => _ = line.Contains("is tried again later", StringComparison.Ordinal) && waits.TrySetResult()) });
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var limited = connection.SendAsync("room", new("hello"), cancel.Token);
        await waits.Task.Soon();
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => limited.Soon());
    }

    [Fact]
    public async Task Who_cancels_before_the_sending_knows_that_nothing_was_sent_and_who_cancels_later_does_not()
    {
        _server.OnSend = (_, _) => Never<SendMessageResult>();
        await using var connection = await ConnectAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var first = connection.SendAsync("room", new("first", "one"), cancel.Token);
        var second = connection.SendAsync("room", new("second", "two"), cancel.Token);
        await Eventually.HoldsAsync(() => !_server.Sends.IsEmpty, "nothing was sent", Cancelled);
        await cancel.CancelAsync();
        Assert.Equal("one", (await Assert.ThrowsAsync<OutcomeUnknownException>(() => first.Soon())).ClientMessageId);
        await Assert.ThrowsAsync<TaskCanceledException>(() => second.Soon());
        Assert.Single(_server.Sends);
    }

    [Fact]
    public async Task Who_cancels_what_waits_behind_another_message_hears_of_it_at_once()
    {
        _server.OnSend = (_, _) => Never<SendMessageResult>();
        await using var connection = await ConnectAsync();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var first = connection.SendAsync("room", new("first"), Cancelled);
        var second = connection.SendAsync("room", new("second"), cancel.Token);
        await Eventually.HoldsAsync(() => !_server.Sends.IsEmpty, "nothing was sent", Cancelled);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<TaskCanceledException>(() => second.Soon());
        Assert.False(first.IsCompleted);
        Assert.Single(_server.Sends);
    }

    [Fact]
    public async Task Disposing_while_sending_gives_every_message_an_outcome()
    {
        var hold = new TaskCompletionSource();
        _server.OnSend = async (message, _) =>
        {
            await (message.ClientMessageId == "id10" ? hold.Task : Task.CompletedTask);
            return _server.Store(message);
        };
        var connection = await ConnectAsync();
        var sends = Enumerable.Range(1, 50).Select(i => connection.SendAsync("room", new($"{i}", $"id{i}"), Cancelled)).ToList();
        await sends[8].Soon();
        await Eventually.HoldsAsync(() => _server.Sends.Count == 10, "the tenth was not sent", Cancelled);
        await connection.DisposeAsync().AsTask().Soon();
        hold.SetResult();

        Assert.All(sends.Take(9), send => Assert.True(send.IsCompletedSuccessfully));
        foreach (var (send, sent) in sends.Skip(9).Select((send, i) => (send, i == 0)))
        {
            var closed = await Assert.ThrowsAsync<CaasException>(() => send.Soon());
            Assert.Equal((ClientCodes.Closed, sent), (closed.Code, closed.MayHaveHappened));
        }

        Assert.Equal(ClientCodes.Closed, (await Assert.ThrowsAsync<CaasException>(() => connection.SendAsync("room", new("late"), Cancelled).Soon())).Code);
        Assert.Equal((ConnectionState.Ended, ClientCodes.Closed), (connection.State.State, connection.State.Code));
    }

    [Fact]
    public async Task A_full_queue_makes_those_wait_who_queue_more()
    {
        var hold = new TaskCompletionSource();
        _server.OnSend = async (message, _) =>
        {
            await hold.Task;
            return _server.Store(message);
        };
        await using var connection = await ConnectAsync(options => options with { SendQueue = 3 });
        var queued = new List<Task<SendResult>>();
        for (var i = 1; i <= 3; i++)
        {
            queued.Add(await connection.QueueAsync("room", new($"{i}", $"id{i}"), Cancelled));
        }

        var fourth = connection.QueueAsync("room", new("4", "id4"), Cancelled).AsTask();
        var other = await connection.QueueAsync("other", new("1", "id1"), Cancelled);
        Assert.False(fourth.IsCompleted);
        hold.SetResult();
        queued.Add(await fourth.Soon());
        Assert.Equal([1, 2, 3, 4], (await Task.WhenAll(queued).Soon()).Select(sent => sent.Seq));
        Assert.Equal(1, (await other.Soon()).Seq);
    }

    [Fact]
    public async Task What_makes_the_server_close_the_connection_is_refused_and_the_others_get_through()
    {
        // The fake takes 32 KB at most.
        await using var connection = await ConnectAsync();
        var good = Enumerable.Range(1, 5).Select(i => connection.SendAsync($"room{i}", new("good"), Cancelled)).ToList();
        var poison = connection.SendAsync("room", new(new string('x', 40_000)), Cancelled);
        good.AddRange(Enumerable.Range(6, 5).Select(i => connection.SendAsync($"room{i}", new("good"), Cancelled)));
        var refused = await Assert.ThrowsAsync<CaasException>(() => poison.Soon());
        Assert.Equal(("invalid_arguments", true), (refused.Code, refused.MayHaveHappened));
        Assert.All(await Task.WhenAll(good).Soon(), sent => Assert.Equal(1, sent.Seq));
        Assert.Equal("too_large", (await Assert.ThrowsAsync<CaasException>(() => connection.SendAsync("room", new(new string('x', 262_000)), Cancelled).Soon())).Code);
    }

    [Fact]
    public async Task One_that_was_on_its_way_whenever_the_server_closed_the_connection_is_not_refused_for_what_another_did()
    {
        var closings = 2;
        _server.OnSend = async (message, connection) =>
        {
            if (Interlocked.Decrement(ref closings) < 0)
            {
                return _server.Store(message);
            }

            // What SignalR says when something on the connection is too large.
            await connection.Features.Get<IConnectionTransportFeature>()!.Transport.Output.WriteAsync("{\"type\":7,\"error\":\"Connection closed with an error.\"}\u001e"u8.ToArray(), Cancelled);
            return await Never<SendMessageResult>();
        };
        await using var connection = await ConnectAsync();
        Assert.Equal((1, 3), await connection.SendAsync("room", new("good"), Cancelled).Soon() is var sent ? (sent.Seq, sent.Attempts) : default);
    }

    [Fact]
    public async Task What_is_changed_after_the_call_is_not_sent()
    {
        await using var connection = _server.Connection();
        var mentions = new List<string> { "bob" };
        var sending = connection.SendAsync("room", new("hello", Mentions: mentions), Cancelled);
        mentions.Add("carol");
        await connection.ConnectAsync(Cancelled).Soon();
        await sending.Soon();
        Assert.Equal(["bob"], Assert.Single(_server.Sends).Mentions);
    }

    [Fact]
    public async Task What_is_sent_before_there_is_a_connection_is_sent_when_there_is_one()
    {
        await using var connection = _server.Connection();
        var sending = connection.SendAsync("room", new("early"), Cancelled);
        Assert.False(sending.IsCompleted);
        await connection.ConnectAsync(Cancelled).Soon();
        Assert.Equal(1, (await sending.Soon()).Seq);
    }

    private async Task<CaasConnection> ConnectAsync(Func<CaasConnectionOptions, CaasConnectionOptions>? change = null)
    {
        var connection = _server.Connection(change);
        await connection.ConnectAsync(Cancelled).Soon();
        return connection;
    }

    private static Task<T> Never<T>() => new TaskCompletionSource<T>().Task;
}
