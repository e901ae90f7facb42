using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Caas.Adapters.Push;
using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Push;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Push;

/// <summary>Against a server that checks what Apple's would.</summary>
public sealed class ApnsProviderTests : IAsyncLifetime
{
    private static readonly DeviceAddress Phone = new(DevicePlatform.Apns, "aabbcc", "ddeeff", null);

    private readonly FakeTimeProvider _clock = new(PushSamples.At);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private PushServer _server = null!;
    private PushHttp _http = null!;
    private ApnsProvider _provider = null!;
    private PushAccounts _accounts = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await PushServer.StartAsync();
        var options = Options.Create(new PushOptions { ApnsUrl = _server.Http2, ApnsSandboxUrl = $"{_server.Http2}/sandbox" });
        _http = new(options);
        _provider = new(_http, options, _clock);
        _accounts = new(null, new("TEAM123456", "KEY1234567", "com.example.chat", _key.ExportPkcs8PrivateKeyPem()), null);
    }

    public async ValueTask DisposeAsync()
    {
        _provider.Dispose();
        _http.Dispose();
        _key.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task An_alert_goes_over_HTTP_2_with_a_provider_token_and_all_headers()
    {
        Assert.Equal(PushOutcome.Sent, (await SendAsync()).Outcome);
        var call = Assert.Single(_server.Calls);
        Assert.Equal(("POST", "/3/device/aabbcc", "HTTP/2"), (call.Method, call.Path, call.Protocol));
        Assert.Equal(("com.example.chat", "alert", "10", "messages:room"), (call.Headers["apns-topic"], call.Headers["apns-push-type"], call.Headers["apns-priority"], call.Headers["apns-collapse-id"]));
        Assert.Equal($"{PushSamples.At.AddDays(1).ToUnixTimeSeconds()}", call.Headers["apns-expiration"]);
        Assert.StartsWith("bearer ", call.Headers["Authorization"], StringComparison.Ordinal);
        var (header, claims) = PushSamples.Verify(call.Headers["Authorization"][7..], (text, signature) => PushSamples.Es256(_key, text, signature));
        Assert.Equal(("ES256", "KEY1234567", "TEAM123456", PushSamples.At.ToUnixTimeSeconds()), ((string?)header["alg"], (string?)header["kid"], (string?)claims["iss"], (long)claims["iat"]!));
        var payload = JsonNode.Parse(call.Text)!;
        Assert.Equal(("The room", "Ann: hello", 7, "room", "default"), ((string?)payload["aps"]!["alert"]!["title"], (string?)payload["aps"]!["alert"]!["body"], (int)payload["aps"]!["badge"]!, (string?)payload["aps"]!["thread-id"], (string?)payload["aps"]!["sound"]));
        Assert.Equal("42", (string?)payload["seq"]);
    }

    [Fact]
    public async Task A_call_goes_to_the_token_for_calls_and_where_there_is_none_to_the_other()
    {
        var call = PushSamples.Push(Phone, new string('x', 9_000), NotificationKind.Call, NotificationPriority.Urgent);
        Assert.Equal(PushOutcome.Sent, (await _provider.SendAsync(call, _accounts, Cancelled)).Outcome);
        Assert.Equal(("/3/device/ddeeff", "com.example.chat.voip", "voip", "10"), (_server.Calls[0].Path, _server.Calls[0].Headers["apns-topic"], _server.Calls[0].Headers["apns-push-type"], _server.Calls[0].Headers["apns-priority"]));
        Assert.InRange(_server.Calls[0].Body.Length, 4_097 / 2, 5_120);
        Assert.Equal(("The room", "the-call"), ((string?)JsonNode.Parse(_server.Calls[0].Text)!["title"], (string?)JsonNode.Parse(_server.Calls[0].Text)!["callId"]));
        Assert.Equal($"{PushSamples.At.AddSeconds(30).ToUnixTimeSeconds()}", _server.Calls[0].Headers["apns-expiration"]);
        await _provider.SendAsync(call with { Address = Phone with { VoipToken = null } }, _accounts, Cancelled);
        Assert.Equal(("/3/device/aabbcc", "alert"), (_server.Calls[1].Path, _server.Calls[1].Headers["apns-push-type"]));
        Assert.Equal("time-sensitive", (string?)JsonNode.Parse(_server.Calls[1].Text)!["aps"]!["interruption-level"]);
        Assert.Equal(PushOutcome.Skipped, (await _provider.SendAsync(PushSamples.Push(Phone with { Token = null }), _accounts, Cancelled)).Outcome);
    }

    [Fact]
    public async Task The_token_is_kept_for_50_minutes_and_what_is_long_or_of_low_priority_fits_the_limits()
    {
        await SendAsync();
        _clock.Advance(TimeSpan.FromMinutes(49));
        await _provider.SendAsync(PushSamples.Push(Phone, new string('é', 5_000), priority: NotificationPriority.Low) with { CollapseId = new string('c', 70) }, _accounts, Cancelled);
        Assert.Equal(_server.Calls[0].Headers["Authorization"], _server.Calls[1].Headers["Authorization"]);
        Assert.InRange(_server.Calls[1].Body.Length, 1_000, 4_096);
        Assert.Equal(("5", 43), (_server.Calls[1].Headers["apns-priority"], _server.Calls[1].Headers["apns-collapse-id"].Length));
        Assert.Null(JsonNode.Parse(_server.Calls[1].Text)!["aps"]!["sound"]);
        _clock.Advance(TimeSpan.FromMinutes(2));
        await _provider.SendAsync(PushSamples.Push(Phone), _accounts with { Apns = _accounts.Apns! with { Sandbox = true } }, Cancelled);
        Assert.NotEqual(_server.Calls[0].Headers["Authorization"], _server.Calls[2].Headers["Authorization"]);
        Assert.Equal("/sandbox/3/device/aabbcc", _server.Calls[2].Path);
    }

    [Theory]
    [InlineData(410, "Unregistered", PushOutcome.Gone)]
    [InlineData(400, "BadDeviceToken", PushOutcome.Mismatched)]
    [InlineData(400, "DeviceTokenNotForTopic", PushOutcome.Mismatched)]
    [InlineData(400, "BadTopic", PushOutcome.Rejected)]
    [InlineData(403, "InvalidProviderToken", PushOutcome.Rejected)]
    [InlineData(413, "PayloadTooLarge", PushOutcome.Rejected)]
    [InlineData(429, "TooManyRequests", PushOutcome.Later)]
    [InlineData(500, "InternalServerError", PushOutcome.Later)]
    [InlineData(503, "Shutdown", PushOutcome.Later)]
    public async Task Its_answers_say_whether_to_try_again(int status, string reason, PushOutcome expected)
    {
        _server.Answer = _ => (status, $$"""{"reason":"{{reason}}"}""", status == 429 ? "60" : null);
        var result = await SendAsync();
        Assert.Equal((expected, $"{status} {reason}", status == 429 ? TimeSpan.FromMinutes(1) : (TimeSpan?)null), (result.Outcome, result.Reason, result.After));
    }

    [Fact]
    public async Task A_token_that_ended_at_the_service_is_made_anew_and_the_one_for_calls_goes_alone()
    {
        _server.Answer = _ => (403, """{"reason":"ExpiredProviderToken"}""", null);
        Assert.Equal(PushOutcome.Later, (await SendAsync()).Outcome);
        _clock.Advance(TimeSpan.FromSeconds(1));
        _server.Answer = _ => (410, """{"reason":"Unregistered"}""", null);
        Assert.Equal((PushOutcome.Gone, true), (await _provider.SendAsync(PushSamples.Push(Phone, kind: NotificationKind.Call), _accounts, Cancelled)) is var gone ? (gone.Outcome, gone.Voip) : default);
        Assert.NotEqual(_server.Calls[0].Headers["Authorization"], _server.Calls[1].Headers["Authorization"]);
    }

    private Task<PushResult> SendAsync() => _provider.SendAsync(PushSamples.Push(Phone), _accounts, Cancelled);
}
