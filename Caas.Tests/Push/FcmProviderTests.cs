using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Web;
using Caas.Adapters.Push;
using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Push;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Push;

/// <summary>Against a server that checks what Google's would.</summary>
public sealed class FcmProviderTests : IAsyncLifetime
{
    private static readonly DeviceAddress Phone = new(DevicePlatform.Fcm, "the-token", null, null);

    private readonly FakeTimeProvider _clock = new(PushSamples.At);
    private readonly RSA _key = RSA.Create(2048);
    private PushServer _server = null!;
    private PushHttp _http = null!;
    private FcmProvider _provider = null!;
    private PushAccounts _accounts = null!;
    private int _tokens;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await PushServer.StartAsync();
        _server.Answer = call => call.Path == "/token" ? (200, $$"""{"access_token":"token-{{++_tokens}}","expires_in":3600}""", null) : null;
        var options = Options.Create(new PushOptions { FcmUrl = _server.Http1, FcmTokenUrl = $"{_server.Http1}/token" });
        _http = new(options);
        _provider = new(_http, options, _clock);
        _accounts = new(new("the-project", "push@the-project.example.com", _key.ExportPkcs8PrivateKeyPem()), null, null);
    }

    public async ValueTask DisposeAsync()
    {
        _provider.Dispose();
        _http.Dispose();
        _key.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_message_goes_with_a_token_that_the_service_account_signed_for_and_that_is_kept_for_its_time()
    {
        Assert.Equal(PushOutcome.Sent, (await SendAsync()).Outcome);
        Assert.Equal(PushOutcome.Sent, (await SendAsync()).Outcome);
        Assert.Equal(["/token", "/v1/projects/the-project/messages:send", "/v1/projects/the-project/messages:send"], _server.Calls.Select(call => call.Path));
        var form = HttpUtility.ParseQueryString(_server.Calls[0].Text);
        Assert.Equal("urn:ietf:params:oauth:grant-type:jwt-bearer", form["grant_type"]);
        var (header, claims) = PushSamples.Verify(form["assertion"]!, (text, signature) => _key.VerifyData(text, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.Equal(("RS256", "push@the-project.example.com", "https://www.googleapis.com/auth/firebase.messaging", $"{_server.Http1}/token"), ((string?)header["alg"], (string?)claims["iss"], (string?)claims["scope"], (string?)claims["aud"]));
        Assert.Equal((PushSamples.At.ToUnixTimeSeconds(), 3600), ((long)claims["iat"]!, (long)claims["exp"]! - (long)claims["iat"]!));
        Assert.All(_server.Calls.Skip(1), call => Assert.Equal("Bearer token-1", call.Headers["Authorization"]));

        var message = JsonNode.Parse(_server.Calls[1].Text)!["message"]!;
        Assert.Equal(("the-token", "The room", "Ann: hello"), ((string?)message["token"], (string?)message["notification"]!["title"], (string?)message["notification"]!["body"]));
        Assert.Equal(("NORMAL", "messages:room", "86400s", 7), ((string?)message["android"]!["priority"], (string?)message["android"]!["collapse_key"], (string?)message["android"]!["ttl"], (int)message["android"]!["notification"]!["notification_count"]!));
        Assert.Equal(("room", "42", "message", "0197-message"), ((string?)message["data"]!["conversationId"], (string?)message["data"]!["seq"], (string?)message["data"]!["kind"], (string?)message["data"]!["messageId"]));

        _clock.Advance(TimeSpan.FromMinutes(56));
        await SendAsync();
        Assert.Equal("Bearer token-2", _server.Calls[^1].Headers["Authorization"]);
    }

    [Fact]
    public async Task What_is_too_long_is_shortened_to_4_KB_and_calls_do_not_wait()
    {
        await _provider.SendAsync(PushSamples.Push(Phone, new string('ж', 4_000)), _accounts, Cancelled);
        var body = _server.Calls[^1].Body;
        Assert.InRange(body.Length, 1_000, 4_096);
        Assert.EndsWith("…", (string?)JsonNode.Parse(body)!["message"]!["notification"]!["body"], StringComparison.Ordinal);
        await _provider.SendAsync(PushSamples.Push(Phone, kind: NotificationKind.Call, priority: NotificationPriority.Urgent), _accounts, Cancelled);
        var message = JsonNode.Parse(_server.Calls[^1].Text)!["message"]!;
        Assert.Equal(("HIGH", "30s"), ((string?)message["android"]!["priority"], (string?)message["android"]!["ttl"]));

        // What has no notification wakes the application, which shows the call.
        Assert.Null(message["notification"]);
        Assert.Null(message["android"]!["notification"]);
        Assert.Equal(("call", "the-call", "The room", "Ann: hello"), ((string?)message["data"]!["kind"], (string?)message["data"]!["callId"], (string?)message["data"]!["title"], (string?)message["data"]!["body"]));
        _clock.Advance(TimeSpan.FromSeconds(12.5));
        await _provider.SendAsync(PushSamples.Push(Phone, kind: NotificationKind.Call, priority: NotificationPriority.Low), _accounts, Cancelled);
        var late = JsonNode.Parse(_server.Calls[^1].Text)!["message"]!["android"]!;
        Assert.Equal(("HIGH", "18s"), ((string?)late["priority"], (string?)late["ttl"]));
    }

    [Theory]
    [InlineData(404, """{"error":{"status":"NOT_FOUND","details":[{"errorCode":"UNREGISTERED"}]}}""", PushOutcome.Gone)]
    [InlineData(403, """{"error":{"status":"PERMISSION_DENIED","details":[{"errorCode":"SENDER_ID_MISMATCH"}]}}""", PushOutcome.Mismatched)]
    [InlineData(404, """{"error":{"status":"NOT_FOUND"}}""", PushOutcome.Mismatched)]
    [InlineData(400, """{"error":{"status":"INVALID_ARGUMENT"}}""", PushOutcome.Rejected)]
    [InlineData(429, """{"error":{"status":"RESOURCE_EXHAUSTED"}}""", PushOutcome.Later)]
    [InlineData(503, "<html>", PushOutcome.Later)]
    [InlineData(500, "", PushOutcome.Later)]
    public async Task Its_answers_say_whether_to_try_again(int status, string body, PushOutcome expected)
    {
        var tokens = _server.Answer;
        _server.Answer = call => tokens(call) ?? (status, body, status == 429 ? "17" : null);
        var result = await SendAsync();
        Assert.Equal((expected, status == 429 ? TimeSpan.FromSeconds(17) : (TimeSpan?)null), (result.Outcome, result.After));
        Assert.DoesNotContain("the-token", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_refused_is_asked_for_anew_and_a_key_that_is_refused_is_given_up()
    {
        var tokens = _server.Answer;
        _server.Answer = call => tokens(call) ?? (401, "{}", null);
        Assert.Equal(PushOutcome.Later, (await SendAsync()).Outcome);
        _server.Answer = tokens;
        Assert.Equal(PushOutcome.Sent, (await SendAsync()).Outcome);
        Assert.Equal("Bearer token-2", _server.Calls[^1].Headers["Authorization"]);
        _clock.Advance(TimeSpan.FromHours(1));
        _server.Answer = _ => (400, """{"error":"invalid_grant"}""", null);
        Assert.Equal(PushOutcome.Rejected, (await SendAsync()).Outcome);

        // It is remembered, and not asked for again with each push.
        _server.Answer = _ => (503, "", null);
        Assert.Equal(PushOutcome.Rejected, (await SendAsync()).Outcome);
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(PushOutcome.Later, (await SendAsync()).Outcome);
    }

    [Fact]
    public async Task Without_an_account_nothing_is_sent_and_a_server_that_is_gone_is_tried_later()
    {
        Assert.Equal(PushOutcome.Skipped, (await _provider.SendAsync(PushSamples.Push(Phone), new(null, null, null), Cancelled)).Outcome);
        await _server.DisposeAsync();
        Assert.Equal(PushOutcome.Later, (await SendAsync()).Outcome);
    }

    private Task<PushResult> SendAsync() => _provider.SendAsync(PushSamples.Push(Phone), _accounts, Cancelled);
}
