using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Caas.Adapters.Push;
using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Outbound;
using Caas.Core.Push;
using Caas.Tests.Core;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Push;

/// <summary>Against a server that checks what browsers' services would, and a browser that decrypts.</summary>
public sealed class WebPushProviderTests : IAsyncLifetime
{
    private static readonly PushAccounts Accounts = new(null, null, "mailto:push@example.com");

    private readonly FakeTimeProvider _clock = new(PushSamples.At);
    private readonly CorePlatform _platform = new();
    private readonly ECDiffieHellman _browser = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
    private readonly byte[] _auth = RandomNumberGenerator.GetBytes(16);
    private readonly WebPushHttp _open = new(Options.Create(new OutboundOptions { AllowPrivateAddresses = true }));
    private PushServer _server = null!;
    private WebPushProvider _provider = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private DeviceAddress Browser
    {
        get
        {
            var point = _browser.ExportParameters(false).Q;
            return new(DevicePlatform.WebPush, null, null, new($"{_server.Http1}/push/1", new(Base64Url.EncodeToString([4, .. point.X!, .. point.Y!]), Base64Url.EncodeToString(_auth))));
        }
    }

    public async ValueTask InitializeAsync()
    {
        _server = await PushServer.StartAsync();
        _provider = new(_open, _platform.Get<VapidKeys>(), Options.Create(new PushOptions()), _clock);
    }

    public async ValueTask DisposeAsync()
    {
        _provider.Dispose();
        _open.Dispose();
        _browser.Dispose();
        await _server.DisposeAsync();
        await _platform.DisposeAsync();
    }

    /// <summary>RFC 8291, section 5 and appendix A.</summary>
    [Fact]
    public void A_message_is_encrypted_as_the_example_of_the_specification()
    {
        byte[] Decode(string text) => Base64Url.DecodeFromChars(text);
        var theirs = Decode("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        var (ours, point) = (Decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), Decode("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"));
        using var sender = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = ours, Q = new() { X = point[1..33], Y = point[33..] } });
        var body = WebPushEncryption.Encrypt("When I grow up, I want to be a watermelon"u8, theirs, Decode("BTBZMqHH6r4Tts7J_aSIgg"), sender, Decode("DGv6ra1nlYgDCS1FRnbzlw"));
        Assert.Equal("DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN", Base64Url.EncodeToString(body));
    }

    [Fact]
    public async Task The_browser_reads_it_and_the_service_learns_who_sends_and_nothing_of_it()
    {
        Assert.Equal(PushOutcome.Sent, (await SendAsync(PushSamples.Push(Browser))).Outcome);
        var call = Assert.Single(_server.Calls);
        Assert.Equal(("POST", "/push/1", "aes128gcm", "86400", "normal"), (call.Method, call.Path, call.Headers["Content-Encoding"], call.Headers["TTL"], call.Headers["Urgency"]));
        Assert.Equal(32, call.Headers["Topic"].Length);
        Assert.True(Base64Url.IsValid(call.Headers["Topic"]));
        Assert.DoesNotContain("hello", Encoding.Latin1.GetString(call.Body), StringComparison.Ordinal);
        var payload = JsonNode.Parse(PushSamples.Decrypt(call.Body, _browser, _auth))!;
        Assert.Equal(("The room", "Ann: hello", "messages:room", 7, "42"), ((string?)payload["title"], (string?)payload["body"], (string?)payload["tag"], (int)payload["badge"]!, (string?)payload["seq"]));

        var parts = call.Headers["Authorization"].Split([' ', ',', '='], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["vapid", "t", "k"], [parts[0], parts[1], parts[3]]);
        var key = Base64Url.DecodeFromChars(parts[4]);
        using var vapid = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new() { X = key[1..33], Y = key[33..] } });
        var (header, claims) = PushSamples.Verify(parts[2], (text, signature) => PushSamples.Es256(vapid, text, signature));
        Assert.Equal(("ES256", _server.Http1, "mailto:push@example.com"), ((string?)header["alg"], (string?)claims["aud"], (string?)claims["sub"]));
        Assert.InRange((long)claims["exp"]! - PushSamples.At.ToUnixTimeSeconds(), 3_600, 86_400);
        Assert.Equal((await _platform.Get<VapidKeys>().GetAsync(CorePlatform.Backend(), Cancelled)).PublicKey, parts[4]);
    }

    [Fact]
    public async Task Each_message_has_its_own_key_and_the_longest_fits_4_KB()
    {
        await SendAsync(PushSamples.Push(Browser, new string('ж', 5_000), NotificationKind.Call, NotificationPriority.Urgent));
        await SendAsync(PushSamples.Push(Browser));
        await SendAsync(PushSamples.Push(Browser));
        Assert.Equal(("30", "high"), (_server.Calls[0].Headers["TTL"], _server.Calls[0].Headers["Urgency"]));
        Assert.InRange(_server.Calls[0].Body.Length, 1_000, 4_096);
        PushSamples.Decrypt(_server.Calls[0].Body, _browser, _auth);
        Assert.NotEqual(_server.Calls[1].Body, _server.Calls[2].Body);
        Assert.Equal(_server.Calls[1].Headers["Authorization"], _server.Calls[2].Headers["Authorization"]);
        Assert.Equal(_server.Calls[1].Headers["Topic"], _server.Calls[2].Headers["Topic"]);
    }

    [Theory]
    [InlineData(201, PushOutcome.Sent)]
    [InlineData(404, PushOutcome.Gone)]
    [InlineData(410, PushOutcome.Gone)]
    [InlineData(400, PushOutcome.Rejected)]
    [InlineData(413, PushOutcome.Rejected)]
    [InlineData(302, PushOutcome.Rejected)]
    [InlineData(429, PushOutcome.Later)]
    [InlineData(502, PushOutcome.Later)]
    public async Task Its_answers_say_whether_to_try_again(int status, PushOutcome expected)
    {
        _server.Answer = _ => (status, "", status == 429 ? "120" : null);
        var result = await SendAsync(PushSamples.Push(Browser));
        Assert.Equal((expected, status == 429 ? TimeSpan.FromMinutes(2) : (TimeSpan?)null), (result.Outcome, result.After));
    }

    [Fact]
    public async Task An_address_that_is_not_public_is_never_called()
    {
        using var closed = new WebPushHttp(Options.Create(new OutboundOptions()));
        using var provider = new WebPushProvider(closed, _platform.Get<VapidKeys>(), Options.Create(new PushOptions()), _clock);
        Assert.Equal(PushOutcome.Gone, (await provider.SendAsync(PushSamples.Push(Browser), Accounts, Cancelled)).Outcome);
        Assert.Empty(_server.Calls);
        await _server.DisposeAsync();
        Assert.Equal(PushOutcome.Later, (await SendAsync(PushSamples.Push(Browser))).Outcome);
    }

    [Fact]
    public async Task Somebody_is_named_in_any_case_and_it_is_not_a_link_preview_that_comes()
    {
        await _provider.SendAsync(PushSamples.Push(Browser), Accounts with { WebPushSubject = null }, Cancelled);
        var call = Assert.Single(_server.Calls);
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(call.Headers["Authorization"].Split(['=', '.'])[2]))!;
        Assert.Equal(_server.Http1, (string?)claims["sub"]);
        Assert.Equal("CaaS/1.0", call.Headers["User-Agent"]);
    }

    private Task<PushResult> SendAsync(Caas.Core.Push.Push push) => _provider.SendAsync(push, Accounts, Cancelled);
}
