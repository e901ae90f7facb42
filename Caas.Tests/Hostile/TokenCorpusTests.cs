using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Caas.Contracts;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Hostile;

/// <summary>Forged tokens at every door of the platform.</summary>
[Collection<HostileCollection>]
public sealed class TokenCorpusTests(HostileHost host)
{
    internal const string Doors = "REST, the gateway's negotiation, the replica's by header, the replica's by query, Authenticate";

    private readonly Dictionary<string, byte[]> _secrets = [];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Forged_tokens_open_no_door()
    {
        await PrepareAsync();
        await using var hub = new HubConnectionBuilder()
            .WithUrl(new Uri($"http://127.0.0.1:{host.Replicas[0]}/realtime"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(host.Values["alice"]))
            .AddJsonProtocol(json => json.PayloadSerializerOptions = CaasJson.Options)
            .Build();
        await hub.StartAsync(Cancelled);
        await OpensAsync(hub);
        var wrong = new List<string>();
        var cases = Corpus.ReadAs<List<TokenCase>>("tokens");
        foreach (var one in cases)
        {
            var told = await KnockAsync(hub, one, TokenOf(one));
            if (told is not null)
            {
                wrong.Add($"{one.Name}: {told}");
            }
        }

        host.Count("tokens", cases.Count * Doors.Split(", ").Length);
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));

        await OpensAsync(hub);
    }

    /// <summary>Nothing is refused because everything is: tokens that are as they should be open the same doors. A replica knows a new secret within 5 s.</summary>
    private Task OpensAsync(HubConnection hub) => Eventually.HoldsAsync(async () =>
    {
        foreach (var good in new[] { new TokenCase(), new TokenCase { Header = """{"alg":"HS256","kid":"⟦own-kid⟧"}""", Claims = """{"sub":"alice","tid":"acme","iat":⟦now⟧,"exp":⟦soon⟧}""", Sign = "own" } })
        {
            (await host.Anyone.GetAsync("/v1/conversations", ("Authorization", $"Bearer {TokenOf(good)}"))).Expect(HttpStatusCode.OK);
            try
            {
                await hub.InvokeAsync("Authenticate", TokenOf(good), Cancelled);
            }
            catch (HubException refused)
            {
                return refused.Message;
            }
        }

        return null;
    }, Cancelled);

    private async Task<string?> KnockAsync(HubConnection hub, TokenCase one, string token)
    {
        var sent = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(token));
        var header = $"HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\nAuthorization: Bearer {sent}\r\n\r\n";
        var query = $"POST /realtime/negotiate?negotiateVersion=1&access_token={Uri.EscapeDataString(token)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        (string Door, int Port, string Request)[] doors =
        [
            ("REST", host.Gateway, $"GET /v1/conversations {header}"),
            ("the gateway's negotiation", host.Gateway, $"POST /realtime/negotiate?negotiateVersion=1 {header}"),
            ("the replica's by header", host.Replicas[0], $"POST /realtime/negotiate?negotiateVersion=1 {header}"),
            ("the replica's by query", host.Replicas[0], query),
        ];
        var faults = new List<string>();
        foreach (var (door, port, request) in doors)
        {
            var answer = await RawHttp.SendAsync(port, Encoding.Latin1.GetBytes(request), half: false, Cancelled);
            var expect = string.Join(" or ", one.Expect.Split(" or ").Select(code => $"401 {code}")) + (one.Oversize ? " or 431 or 414" : "") + (one.Admin ? " or 403 not_allowed" : "");
            if (RestCorpusTests.Wrong(expect, answer) is { } fault)
            {
                faults.Add($"{door}: {fault}");
            }
        }

        var told = (await Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("Authenticate", token, Cancelled))).Message;
        if (!one.Expect.Split(" or ").Any(code => told.StartsWith($"{code}: ", StringComparison.Ordinal)))
        {
            faults.Add($"Authenticate: {told}");
        }

        return faults.Count == 0 ? null : string.Join("; ", faults);
    }

    private async Task PrepareAsync()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        foreach (var (name, at) in new[] { ("now", now), ("soon", now + 3600), ("past", now - 3600) })
        {
            host.Values[name] = at.ToString(CultureInfo.InvariantCulture);
        }

        var own = (await host.Backend.PostAsync("/v1/tenant/token-secret")).Expect(HttpStatusCode.Created);
        var rival = (await host.Rival.PostAsync("/v1/tenant/token-secret")).Expect(HttpStatusCode.Created);
        (host.Values["own-kid"], host.Values["rival-kid"]) = (own["kid"].GetString()!, rival["kid"].GetString()!);
        var key = (await host.Anyone.GetAsync("/.well-known/jwks.json")).Expect(HttpStatusCode.OK)["keys"][0];
        host.Values["es-kid"] = key.GetProperty("kid").GetString()!;
        host.Values["ALICE"] = host.Values["alice"].ToUpperInvariant();
        host.Values["alice-head"] = host.Values["alice"][..host.Values["alice"].LastIndexOf('.')];
        host.Values["rival-alice-signature"] = host.Values["rival-alice"].Split('.')[2];
        using var ecdsa = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = Tokens.TokenTexts.Point(key) });
        foreach (var (name, secret) in new[]
        {
            ("platform", HostileHost.JwtSecret), ("guessed", "guessed-guessed-guessed-guessed-guessed"), ("admin-key", HostileHost.AdminKey), ("empty-secret", ""), ("own", own["secret"].GetString()!),
            ("rival", rival["secret"].GetString()!), ("public-key-pem", ecdsa.ExportSubjectPublicKeyInfoPem()), ("public-key-json", JsonSerializer.Serialize(key)),
        })
        {
            _secrets[name] = Encoding.UTF8.GetBytes(secret);
        }
    }

    private string TokenOf(TokenCase one)
    {
        if (one.Token is { } whole)
        {
            return Encoding.UTF8.GetString(Template.Bytes(whole, host.Values));
        }

        var signed = $"{Base64Url.EncodeToString(Template.Bytes(one.Header, host.Values))}.{Base64Url.EncodeToString(Template.Bytes(one.Claims, host.Values))}";
        return one.Sign switch
        {
            "none" => $"{signed}.",
            "empty" => $"{signed}.{Base64Url.EncodeToString([0])}",
            "garbage" => $"{signed}.{Base64Url.EncodeToString([1, 2, 3, 4])}",
            "zeros" => $"{signed}.{Base64Url.EncodeToString(new byte[64])}",
            "short" => $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(_secrets["platform"], Encoding.ASCII.GetBytes(signed)).AsSpan(0, 31))}",
            _ => $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(_secrets[one.Sign], Encoding.ASCII.GetBytes(signed)))}",
        };
    }

    internal sealed class TokenCase
    {
        public string Name { get; set; } = "";

        public string Header { get; set; } = """{"alg":"HS256","typ":"JWT","kid":"platform-hs256"}""";

        public string Claims { get; set; } = """{"sub":"alice","tid":"acme","iss":"caas","aud":"caas","jti":"x","iat":⟦now⟧,"exp":⟦soon⟧}""";

        /// <summary>With what it is signed; see the file.</summary>
        public string Sign { get; set; } = "platform";

        /// <summary>The whole token, instead of the above.</summary>
        public string? Token { get; set; }

        public string Expect { get; set; } = "unauthenticated";

        /// <summary>Kestrel may refuse it by itself: a header of 32 KB, a line of 8 KB.</summary>
        public bool Oversize { get; set; }

        /// <summary>The gateway knows it as the admin's, who may do nothing here.</summary>
        public bool Admin { get; set; }
    }
}
