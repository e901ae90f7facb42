using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Caas.Client;
using Caas.Contracts;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>The scenarios of <c>clients/scenarios.md</c> about the connection's life: tokens, ends, and coming back.</summary>
public sealed class LifeTests : IAsyncLifetime
{
    private FakeServer _server = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await FakeServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_token_is_replaced_before_it_ends_on_the_connection_that_is_there()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var authenticated = new List<string>();
        _server.OnAuthenticate = token =>
        {
            lock (authenticated)
            {
                authenticated.Add(token);
            }

            return Task.CompletedTask;
        };
        var issued = 0;

        // The clock runs ahead of the machine: while a slow one answers, many of its seconds pass.
        await using var connection = _server.Connection(options => options with { TimeProvider = clock, AnswerTimeout = TimeSpan.FromDays(1), Token = _ => Task.FromResult(Jwt(clock, ++issued)) });
        await connection.ConnectAsync(Cancelled).Soon();
        for (var replaced = 1; replaced <= 2; replaced++)
        {
            await Eventually.HoldsAsync(
                () =>
                {
                    clock.Advance(TimeSpan.FromSeconds(5));
                    return authenticated.Count >= replaced;
                },
                "the token was not replaced",
                Cancelled);
        }

        Assert.Equal((1, 1), (_server.Connects, _server.Negotiations));
        Assert.Equal(2, authenticated.Distinct().Count());
    }

    [Fact]
    public async Task A_token_that_ended_meanwhile_is_replaced_at_the_reconnect()
    {
        var issued = 0;
        _server.OnNegotiate = () => _server.Tokens.Last() == "token1" && _server.Negotiations > 1 ? Refusal("token_expired", 401) : null;
        await using var connection = _server.Connection(options => options with { Token = _ => Task.FromResult($"token{++issued}") });
        await connection.ConnectAsync(Cancelled).Soon();
        await _server.DropAllAsync();
        await Eventually.HoldsAsync(() => _server.Connects == 2, "it did not come back", Cancelled);
        Assert.Equal(["token1", "token1", "token2"], _server.Tokens);
    }

    [Fact]
    public async Task A_token_that_cannot_be_replaced_is_used_to_its_end()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var (issued, away) = (0, false);
        await using var connection = _server.Connection(options => options with { TimeProvider = clock, Token = _ => away ? throw new HttpRequestException("away") : Task.FromResult(Jwt(clock, ++issued, seconds: 1_000)) });
        await connection.ConnectAsync(Cancelled).Soon();
        away = true;

        // Due to be replaced, and good for so long that a slow machine reconnects within it.
        clock.Advance(TimeSpan.FromSeconds(941));
        await _server.DropAllAsync();
        await Eventually.HoldsAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(20));
                return _server.Connects == 2;
            },
            "it did not come back",
            Cancelled);
        Assert.Equal(1, issued);
    }

    [Fact]
    public async Task Fresh_tokens_that_are_refused_again_and_again_end_the_connection()
    {
        _server.OnNegotiate = () => Refusal("unauthenticated", 401);
        await using var connection = _server.Connection();
        Assert.Equal("unauthenticated", (await Assert.ThrowsAsync<CaasException>(() => connection.ConnectAsync(Cancelled).Soon())).Code);
        Assert.Equal(3, _server.Negotiations);
    }

    [Theory]
    [InlineData("quota_exceeded", 403)]
    [InlineData("route_not_found", 404)]
    [InlineData("said_by_a_newer_service", 451)]
    public async Task A_refusal_that_the_client_does_not_know_is_tried_again(string code, int status)
    {
        var times = 2;
        _server.OnNegotiate = () => Interlocked.Decrement(ref times) >= 0 ? Refusal(code, status) : null;
        await using var connection = _server.Connection();
        await connection.ConnectAsync(Cancelled).Soon();
        Assert.Equal(3, _server.Negotiations);
        await _server.Clients.Evicted(new(null, code));
        await Eventually.HoldsAsync(() => _server.Connects == 2, "it did not come back", Cancelled);
    }

    [Theory]
    [InlineData("token_revoked")]
    [InlineData("user_deactivated")]
    [InlineData("banned")]
    [InlineData("tenant_deleted")]
    public async Task What_trying_again_does_not_heal_ends_the_connection_and_all_that_waits_with_the_reason(string reason)
    {
        _server.OnSend = (_, _) => new TaskCompletionSource<SendMessageResult>().Task;
        await using var connection = _server.Connection();
        await connection.ConnectAsync(Cancelled).Soon();
        var room = await connection.JoinAsync("room", 0, Cancelled).Soon();
        var sending = connection.SendAsync("room", new("hello"), Cancelled);
        await Eventually.HoldsAsync(() => !_server.Sends.IsEmpty, "nothing was sent", Cancelled);
        await _server.Clients.Evicted(new(null, reason));
        await _server.DropAllAsync();

        var ended = await connection.ReachesAsync(ConnectionState.Ended);
        Assert.Equal(reason, ended.Code);
        var unsent = await Assert.ThrowsAsync<CaasException>(() => sending.Soon());
        Assert.Equal((reason, true), (unsent.Code, unsent.MayHaveHappened));
        Assert.Equal(reason, (await Assert.ThrowsAsync<CaasException>(() => room.ForEachAsync((_, _) => default, Cancelled).Soon())).Code);
        Assert.Equal(reason, (await Assert.ThrowsAsync<CaasException>(() => connection.ConnectAsync(Cancelled).Soon())).Code);
        Assert.Equal(reason, (await Assert.ThrowsAsync<CaasException>(() => connection.JoinAsync("other", 0, Cancelled).Soon())).Code);
        Assert.Equal(1, _server.Negotiations);
    }

    [Fact]
    public async Task A_farewell_is_heard_though_the_end_comes_while_a_handler_is_still_busy_with_what_came_before()
    {
        await using var connection = _server.Connection();
        using var busy = new ManualResetEventSlim();
        connection.Receipt += _ => busy.Wait(Cancelled);
        var lost = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.StateChanged += change => _ = change.State == ConnectionState.Reconnecting && lost.TrySetResult(change.Code);
        await connection.ConnectAsync(Cancelled).Soon();
        await _server.Clients.Receipt(new("room", "bob", 1, 1));
        await _server.Clients.Draining(new(60_000));
        await _server.DropAllAsync();
        Assert.Equal("draining", await lost.Task.Soon());
        busy.Set();
    }

    [Fact]
    public async Task A_negotiation_refused_for_good_and_a_token_source_that_says_so_end_the_connection()
    {
        _server.OnNegotiate = () => Refusal("token_revoked", 401);
        await using var revoked = _server.Connection();
        Assert.Equal(("token_revoked", 401), Told(await Assert.ThrowsAsync<CaasException>(() => revoked.ConnectAsync(Cancelled).Soon())));
        Assert.Equal(1, _server.Negotiations);

        await using var unknown = _server.Connection(options => options with { Token = _ => throw new CaasException("user_not_found", "There is no such user.") { Status = 404 } });
        Assert.Equal(("user_not_found", 404), Told(await Assert.ThrowsAsync<CaasException>(() => unknown.ConnectAsync(Cancelled).Soon())));

        static (string, int?) Told(CaasException exception) => (exception.Code, exception.Status);
    }

    [Fact]
    public async Task Whatever_else_goes_wrong_is_tried_again_and_each_state_is_told()
    {
        var failures = 0;
        _server.OnNegotiate = () => _server.Negotiations <= 2 ? Refusal("unavailable", 503) : null;
        await using var connection = _server.Connection(options => options with { Token = _ => ++failures <= 2 ? throw new HttpRequestException("The backend is away.") : Task.FromResult("token") });
        var told = new List<StateChange>();
        connection.StateChanged += told.Add;
        await connection.ConnectAsync(Cancelled).Soon();
        await _server.DropAllAsync();
        await Eventually.HoldsAsync(() => _server.Connects == 2, "it did not come back", Cancelled);
        await connection.ReachesAsync(ConnectionState.Connected);
        await connection.DisposeAsync();

        Assert.Equal(
            [
                (ConnectionState.Connecting, null, 0), (ConnectionState.Connecting, "unreachable", 1), (ConnectionState.Connecting, "unreachable", 2), (ConnectionState.Connecting, "unavailable", 3),
                (ConnectionState.Connecting, "unavailable", 4), (ConnectionState.Connected, null, 0), (ConnectionState.Reconnecting, "unreachable", 0), (ConnectionState.Connected, null, 0),
                (ConnectionState.Ended, "client_closed", 0),
            ],
            told.Select(state => (state.State, state.Code, state.State == ConnectionState.Connecting ? state.Attempt : 0)));
    }

    [Fact]
    public async Task A_draining_server_is_left_within_the_time_it_gives_without_waiting_to_be_closed()
    {
        await using var connection = _server.Connection(options => options with { ReconnectDelay = attempt => attempt == 0 ? TimeSpan.Zero : TimeSpan.FromHours(1) });
        await connection.ConnectAsync(Cancelled).Soon();
        await using var room = await connection.JoinAsync("room", 0, Cancelled).Soon();
        await _server.PushAsync(1);
        await _server.Clients.Draining(new(200));
        await Eventually.HoldsAsync(() => _server.Connects == 2, "it did not go", Cancelled);
        await connection.SendAsync("room", new("hello"), Cancelled).Soon();
        await _server.PushAsync(2);
        Assert.Equal([1, 2], (await room.TakeAsync(2)).Select(entry => entry.Seq));
    }

    [Fact]
    public void Who_lost_the_same_server_comes_back_spread_out()
    {
        Assert.Equal(TimeSpan.Zero, CaasConnectionOptions.FullJitter(0));
        foreach (var (attempt, most) in new[] { (1, 0.5), (2, 1.0), (4, 4.0), (7, 30.0), (1000, 30.0) })
        {
            var waits = Enumerable.Range(0, 400).Select(_ => CaasConnectionOptions.FullJitter(attempt).TotalSeconds).ToList();
            Assert.All(waits, wait => Assert.InRange(wait, 0, most));
            Assert.InRange(waits.Average(), most * 0.4, most * 0.6);
        }
    }

    private static Problem Refusal(string code, int status) => new($"urn:caas:problem:{code}", code, status, "No.", code, null);

    /// <summary>A token of 100 seconds from now.</summary>
    private static string Jwt(TimeProvider clock, int id, int seconds = 100)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var payload = string.Create(CultureInfo.InvariantCulture, $$"""{"jti":"{{id}}","iat":{{now}},"exp":{{now + seconds}}}""");
        return $"e30.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(payload))}.c2ln";
    }
}
