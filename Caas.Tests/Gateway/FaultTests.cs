using System.Net;
using Caas.Core.Entries;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Tests.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Caas.Tests.Gateway;

/// <summary>What the gateway makes of faults: its own, those of what it depends on, those of the network. On a host of its own, with routes that fail.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private const string Secret = "the connection string is hunter2";

    private readonly TempFolder _folder = new();
    private readonly FaultLog _faults = new();
    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebApplication _app = null!;
    private HttpClient _client = null!;
    private int _runs;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private Api Anyone => new(_client);

    private Api Admin => Anyone.With("Authorization", $"Bearer {GatewayFixture.AdminKey}");

    public async ValueTask InitializeAsync()
    {
        var settings = new Dictionary<string, string?> { ["Caas:Gateway:RequestTimeout"] = "00:00:30", ["Caas:Gateway:TrustedProxies:0"] = "127.0.0.0/8" };
        _app = GatewayFixture.Build(_folder, new LocalReplicas(), _faults, settings, Map);
        await _app.StartAsync(Cancelled);
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()), Timeout = TimeSpan.FromMinutes(1) };
    }

    public async ValueTask DisposeAsync()
    {
        _release.TrySetResult();
        _client.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_fault_tells_nothing_internal_and_is_logged_once_with_its_trace()
    {
        var answer = (await Anyone.GetAsync("/v1/test/fault")).ExpectProblem(HttpStatusCode.InternalServerError, "internal_error");
        Assert.DoesNotContain("hunter2", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", answer.Text, StringComparison.Ordinal);
        var logged = Assert.Single(_faults.Lines);
        Assert.Contains(answer["traceId"].GetString()!, logged, StringComparison.Ordinal);
        Assert.Contains(Secret, logged, StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
    }

    [Theory]
    [InlineData("/v1/test/store")]
    [InlineData("/v1/test/timeout")]
    [InlineData("/v1/test/cancelled")]
    public async Task What_does_not_answer_makes_it_unavailable_for_now(string path)
    {
        var answer = (await Anyone.GetAsync(path)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.Equal("1", answer.Header("Retry-After"));
        Assert.DoesNotContain("hunter2", answer.Text, StringComparison.Ordinal);
        Assert.Empty(_faults.Lines);
    }

    [Fact]
    public async Task A_call_with_a_key_runs_to_its_end_when_its_client_goes_away()
    {
        using (var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled))
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/test/slow") { Headers = { { "Authorization", $"Bearer {GatewayFixture.AdminKey}" }, { "Idempotency-Key", "k" } } };
            var asking = _client.SendAsync(request, leaving.Token);
            await _entered.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        }

        Assert.Equal("idempotency_key_in_use", (await Admin.PostAsync("/v1/test/slow", null, ("Idempotency-Key", "k"))).Expect(HttpStatusCode.Conflict)["code"].GetString());
        _release.SetResult();
        Answer answer;
        do
        {
            answer = await Admin.PostAsync("/v1/test/slow", null, ("Idempotency-Key", "k"));
        }
        while (answer.Status == HttpStatusCode.Conflict);

        Assert.Equal("\"done\"", answer.Expect(HttpStatusCode.OK).Text);
        Assert.Equal("true", answer.Header("Idempotent-Replayed"));
        Assert.Equal(1, _runs);
    }

    [Fact]
    public async Task A_call_without_one_ends_with_its_client_and_is_no_error()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var asking = _client.GetAsync("/v1/test/wait", leaving.Token);
        await _entered.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await _release.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        Assert.Empty(_faults.Lines);
    }

    [Fact]
    public async Task A_trusted_proxys_word_counts_for_addresses_and_for_https()
    {
        Assert.Equal("203.0.113.9", (await Anyone.GetAsync("/v1/test/address", ("X-Forwarded-For", "203.0.113.9"))).Expect(HttpStatusCode.OK).Json.GetString());
        Assert.NotNull((await Anyone.GetAsync("/v1/ping", ("X-Forwarded-Proto", "https"))).Expect(HttpStatusCode.OK).Header("Strict-Transport-Security"));
        Assert.Null((await Anyone.GetAsync("/v1/ping")).Expect(HttpStatusCode.OK).Header("Strict-Transport-Security"));
    }

    private void Map(WebApplication app)
    {
        app.MapGet("/v1/test/fault", (HttpContext _) => throw new InvalidOperationException(Secret));
        app.MapGet("/v1/test/store", (HttpContext _) => throw new StoreUnavailableException(Secret));
        app.MapGet("/v1/test/timeout", (HttpContext _) => throw new TimeoutException(Secret));
        app.MapGet("/v1/test/cancelled", (HttpContext _) => throw new OperationCanceledException(Secret));
        app.MapGet("/v1/test/address", (HttpContext context) => TypedResults.Ok(context.Connection.RemoteIpAddress!.MapToIPv4().ToString()));
        app.MapGet("/v1/test/wait", async (CancellationToken cancellationToken) =>
        {
            _entered.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            finally
            {
                _release.SetResult();
            }
        });
        app.MapPost("/v1/test/slow", async (CancellationToken cancellationToken) =>
        {
            Interlocked.Increment(ref _runs);
            _entered.TrySetResult();
            await _release.Task.WaitAsync(cancellationToken);
            return TypedResults.Ok("done");
        }).AllowCallers(CallerKinds.Admin).Idempotent();
    }
}
