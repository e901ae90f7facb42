using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using Caas.Core.Refusals;
using Caas.ServiceDefaults;
using Caas.Tests.Hostile;
using Caas.Tests.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Caas.Tests.Gateway;

/// <summary>Clients that end a call in the middle, and bodies that do not come: whatever moment it is, nothing is a fault of ours. On a host of its own, with a deadline that a test can wait for.</summary>
public sealed class BrokenOffTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TempFolder _folder = new();
    private readonly FaultLog _faults = new();
    private readonly TaskCompletionSource _refused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _app = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private int Port => new Uri(_app.Urls.First()).Port;

    public async ValueTask InitializeAsync()
    {
        _app = GatewayFixture.Build(_folder, new LocalReplicas(), _faults, new() { ["Caas:Gateway:RequestTimeout"] = "00:00:01" }, Map);
        await _app.StartAsync(Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\n{\"id\":")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n20\r\n{\"id\":")]
    [InlineData("Idempotency-Key: late\r\nContent-Length: 100\r\n\r\n{\"id\":")]
    public async Task A_body_that_does_not_come_in_time_is_answered_and_is_no_fault(string rest)
    {
        var answer = await RawHttp.SendAsync(Port, Bytes($"POST /v1/tenants HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {GatewayFixture.AdminKey}\r\nContent-Type: application/json\r\n{rest}"), half: false, Cancelled);
        Assert.Equal((503, "unavailable"), (answer?.Status, answer?.Code));
        await StoppedWithoutFaultAsync();
    }

    [Fact]
    public async Task A_refusal_of_one_who_has_gone_is_told_to_nobody()
    {
        using (var client = new TcpClient())
        {
            await client.ConnectAsync("127.0.0.1", Port, Cancelled);
            await client.GetStream().WriteAsync(Bytes("GET /v1/test/refused HTTP/1.1\r\nHost: a\r\n\r\n"), Cancelled);
            client.Client.Shutdown(SocketShutdown.Send);
            await _refused.Task.WaitAsync(Patience, Cancelled);
        }

        await StoppedWithoutFaultAsync();
    }

    [Fact]
    public async Task A_connection_that_is_reset_in_the_middle_of_a_body_is_no_fault()
    {
        var head = $"POST /v1/tenants HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {GatewayFixture.AdminKey}\r\nContent-Type: application/json\r\nContent-Length: 200000\r\n\r\n{{\"name\":\"";
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancelled }, async (_, cancellationToken) =>
        {
            using var client = new TcpClient { NoDelay = true, LingerState = new LingerOption(true, 0) };
            await client.ConnectAsync("127.0.0.1", Port, cancellationToken);
            await client.GetStream().WriteAsync(Bytes(head), cancellationToken);
            await client.GetStream().WriteAsync(new byte[40_000], cancellationToken);
        });
        await StoppedWithoutFaultAsync();
    }

    /// <summary>Long polling: what a client sends is a body of its own.</summary>
    [Fact]
    public async Task Nor_is_one_at_a_replica()
    {
        await using var replicas = await Realtime.Replicas.StartAsync(1);
        var port = new Uri(Realtime.Replicas.UrlOf(replicas.Apps[0])).Port;
        var authorization = $"Host: a\r\nAuthorization: Bearer {await replicas.TokenAsync("alice")}\r\n";
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancelled }, async (_, cancellationToken) =>
        {
            var negotiated = await RawHttp.SendAsync(port, Bytes($"POST /realtime/negotiate?negotiateVersion=1 HTTP/1.1\r\nConnection: close\r\n{authorization}Content-Length: 0\r\n\r\n"), half: false, cancellationToken);
            using var client = new TcpClient { NoDelay = true, LingerState = new LingerOption(true, 0) };
            await client.ConnectAsync("127.0.0.1", port, cancellationToken);
            await client.GetStream().WriteAsync(Bytes($"POST /realtime?id={negotiated!.Json.GetProperty("connectionToken")} HTTP/1.1\r\n{authorization}Content-Length: 50000\r\n\r\n{new string('x', 20_000)}"), cancellationToken);
        });
        await replicas.Apps[0].StopAsync(Cancelled);
        Assert.Empty(replicas.Errors);
    }

    [Fact]
    public async Task The_server_is_told_of_a_reset_that_it_has_not_noticed()
    {
        var (pipe, aborted) = (new Pipe(), 0);
        await pipe.Writer.CompleteAsync(new ConnectionResetException("reset by peer"));
        await using var body = new RequestBodyStream(pipe.Reader, () => aborted++, Cancelled, Cancelled);
        await Assert.ThrowsAsync<ConnectionResetException>(async () => Assert.Equal(0, await body.ReadAsync(new byte[10], Cancelled)));
        Assert.Equal(1, aborted);
        await AskAsync("/v1/test/reset");
        await StoppedWithoutFaultAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_that_is_cancelled_takes_nothing_and_leaves_the_reader_free(bool ofTheRequest)
    {
        var pipe = new Pipe();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        await using var body = new RequestBodyStream(pipe.Reader, () => { }, Cancelled, ofTheRequest ? deadline.Token : CancellationToken.None);
        var reading = body.ReadAsync(new byte[10], ofTheRequest ? CancellationToken.None : deadline.Token).AsTask();
        await deadline.CancelAsync();
        var end = await Record.ExceptionAsync(() => reading.WaitAsync(Patience, Cancelled));
        Assert.IsType(ofTheRequest ? typeof(TimeoutException) : typeof(OperationCanceledException), end);
        await pipe.Writer.WriteAsync(Bytes("abc"), Cancelled);
        await pipe.Writer.CompleteAsync();
        await using var rest = new RequestBodyStream(pipe.Reader, () => { }, Cancelled, Cancelled);
        var buffer = new byte[2];
        Assert.Equal(2, await rest.ReadAsync(buffer, Cancelled));
        Assert.Equal("ab", Encoding.ASCII.GetString(buffer));
        Assert.Equal(1, await rest.ReadAsync(buffer, Cancelled));
        Assert.Equal(0, await rest.ReadAsync(buffer, Cancelled));
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    private async Task AskAsync(string path)
    {
        using var http = new HttpClient { Timeout = Patience };
        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{Port}{path}"), Cancelled);
    }

    /// <summary>Stopping waits for what is under way: nothing is logged afterwards.</summary>
    private async Task StoppedWithoutFaultAsync()
    {
        await _app.StopAsync(Cancelled);
        Assert.True(_faults.Lines.IsEmpty, string.Join(Environment.NewLine, _faults.Lines.Take(3)));
    }

    private void Map(WebApplication app)
    {
        app.MapGet("/v1/test/reset", (HttpContext _) => throw new ConnectionResetException("reset by peer"));
        app.MapGet("/v1/test/refused", async (HttpContext context) =>
        {
            var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = context.RequestAborted.Register(gone.SetResult);
            await gone.Task.WaitAsync(Patience, Cancelled);
            context.Response.OnCompleted(() =>
            {
                _refused.SetResult();
                return Task.CompletedTask;
            });
            throw Refusal.NotFound.AsException();
        });
    }
}
