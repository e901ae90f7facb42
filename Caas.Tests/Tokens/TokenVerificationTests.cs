using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Caas.Core.Callers;
using Caas.Core.Refusals;
using Caas.Core.Tokens;
using CsCheck;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;
using static Caas.Tests.Tokens.TokenTexts;

namespace Caas.Tests.Tokens;

/// <summary>What a token must be to be believed.</summary>
public sealed class TokenVerificationTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_issued_token_is_its_users_until_it_expires()
    {
        await using var platform = await WithTenantAsync();
        var pair = await platform.TokenAsync(seconds: 60);
        Assert.Equal(platform.Clock.GetUtcNow().AddSeconds(60).AddMilliseconds(-250), pair.ExpiresAt);
        var caller = await platform.CallerAsync(pair.Token);
        Assert.Equal((CallerKind.User, "acme", "alice", false), (caller.Kind, caller.Tenant.Value, caller.User!.Value.Value, caller.IsTenantAdmin));
        Assert.Equal((platform.Clock.GetUtcNow(), pair.ExpiresAt), (caller.TokenIssuedAt!.Value, caller.TokenExpiresAt!.Value));
        platform.Clock.Advance(TimeSpan.FromSeconds(59));
        await platform.CallerAsync(pair.Token);
        platform.Clock.Advance(TimeSpan.FromSeconds(1));
        await RefusedAsync(() => platform.CallerAsync(pair.Token), Refusal.TokenExpired);
    }

    [Fact]
    public async Task A_token_carries_the_claims_that_are_promised()
    {
        await using var platform = await WithTenantAsync();
        var parts = (await platform.TokenAsync()).Token.Split('.');
        using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
        using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        Assert.Equal("ES256", header.RootElement.GetProperty("alg").GetString());
        var claims = payload.RootElement;
        Assert.Equal(("alice", "acme", "caas", "caas"), (Text(claims, "sub"), Text(claims, "tid"), Text(claims, "iss"), Text(claims, "aud")));
        Assert.Equal(3600, claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64());
        Assert.NotEmpty(Text(claims, "jti")!);
        Assert.NotEmpty(Text(claims, "fam")!);
    }

    [Fact]
    public async Task The_published_keys_prove_a_token_without_us()
    {
        await using var platform = await WithTenantAsync();
        var parts = (await platform.TokenAsync()).Token.Split('.');
        using var jwks = JsonDocument.Parse(await platform.Get<SigningKeyService>().GetJwksAsync(Cancelled));
        var key = Assert.Single(jwks.RootElement.GetProperty("keys").EnumerateArray());
        Assert.Equal(("EC", "P-256", "sig", "ES256"), (Text(key, "kty"), Text(key, "crv"), Text(key, "use"), Text(key, "alg")));
        Assert.False(key.TryGetProperty("d", out _));
        using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
        Assert.Equal(Text(key, "kid"), Text(header.RootElement, "kid"));
        using var ecdsa = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new() { X = Base64Url.DecodeFromChars(Text(key, "x")), Y = Base64Url.DecodeFromChars(Text(key, "y")) },
        });
        Assert.True(ecdsa.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256));
    }

    [Fact]
    public async Task No_token_whose_text_was_changed_anywhere_is_believed()
    {
        await using var platform = await WithTenantAsync();
        var secret = await platform.Tenants.CreateTokenSecretAsync(Backend(), Cancelled);
        var tokens = new[] { (await platform.TokenAsync()).Token, Minted(platform, secret) };
        foreach (var token in tokens)
        {
            await platform.CallerAsync(token);
        }

        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \u00e9";
        await Gen.Select(Gen.Int[0, tokens.Length - 1], Gen.Double[0, 1], Gen.Char[Alphabet], Gen.Int[0, 2]).SampleAsync(
            async (which, place, character, kind) =>
            {
                var token = tokens[which];
                var at = Math.Min((int)(place * token.Length), token.Length - 1);
                var forged = kind switch
                {
                    0 => token[..at] + character + token[(at + 1)..],
                    1 => token.Insert(at, character.ToString()),
                    _ => token.Remove(at, 1),
                };
                Assert.True(MeansTheSame(token, forged) || await IsRefusedAsync(platform, forged), $"Believed: {forged}");
            },
            iter: 1500,
            threads: 1);
    }

    [Theory]
    [InlineData("""{"alg":"none"}""")]
    [InlineData("""{"alg":"none","kid":"KID"}""")]
    [InlineData("""{"alg":"None","kid":"KID"}""")]
    [InlineData("""{"alg":"HS256","kid":"KID"}""")]
    [InlineData("""{"alg":"ES256","kid":"unknown"}""")]
    [InlineData("""{"alg":"ES256"}""")]
    [InlineData("""{"alg":"HS256","kid":"platform-hs256"}""")]
    [InlineData("""{"alg":"HS256","kid":"acme/HS256/1"}""")]
    [InlineData("""{"alg":"HS256","kid":"acme/none/1"}""")]
    [InlineData("""{"alg":"HS256","kid":"../HS256/1"}""")]
    [InlineData("""{"alg":"HS256","kid":7}""")]
    [InlineData("""{"kid":"KID"}""")]
    [InlineData("""[]""")]
    [InlineData("""not json""")]
    public async Task A_forged_header_is_never_believed(string header)
    {
        await using var platform = await WithTenantAsync();
        var real = (await platform.TokenAsync()).Token.Split('.');
        using var known = JsonDocument.Parse(Base64Url.DecodeFromChars(real[0]));
        var forged = Encode(header.Replace("KID", Text(known.RootElement, "kid"), StringComparison.Ordinal));
        using var jwks = JsonDocument.Parse(await platform.Get<SigningKeyService>().GetJwksAsync(Cancelled));
        var published = jwks.RootElement.GetProperty("keys")[0].GetRawText();
        using var pair = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = Point(jwks.RootElement.GetProperty("keys")[0]) });

        // The classic confusion: the published key, in whatever form, as an HMAC secret.
        foreach (var secret in new[] { [], Encoding.UTF8.GetBytes(published), pair.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(pair.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(pair.ExportSubjectPublicKeyInfoPem() + "\n") })
        {
            Assert.True(await IsRefusedAsync(platform, Sign(forged, real[1], secret)));
        }

        foreach (var signature in new[] { "", real[2], Encode("x"), Base64Url.EncodeToString(new byte[64]) })
        {
            Assert.True(await IsRefusedAsync(platform, $"{forged}.{real[1]}.{signature}"));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("a.b.c.d.e")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9")]
    [InlineData("Bearer x")]
    public async Task What_is_no_token_is_refused(string text)
    {
        await using var platform = await WithTenantAsync();
        await RefusedAsync(() => platform.CallerAsync(text), Refusal.Unauthenticated);
        await RefusedAsync(() => platform.CallerAsync(text + new string('x', 100_000)), Refusal.Unauthenticated);
    }

    [Fact]
    public async Task A_token_of_another_platform_with_the_same_names_is_refused()
    {
        await using var platform = await WithTenantAsync();
        await using var another = await WithTenantAsync();
        await RefusedAsync(async () => await platform.CallerAsync((await another.TokenAsync()).Token), Refusal.Unauthenticated);
    }

    [Theory]
    [InlineData("Caas:Tokens:Issuer")]
    [InlineData("Caas:Tokens:Audience")]
    public async Task A_token_with_another_issuer_or_audience_is_refused(string setting)
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync((setting, "somebody-else"));
        await RefusedAsync(async () => await one.CallerAsync((await other.TokenAsync()).Token), Refusal.Unauthenticated);
    }

    [Fact]
    public async Task A_shorter_life_of_tokens_shortens_those_that_were_issued()
    {
        await using var platform = await WithTenantAsync();
        var token = (await platform.TokenAsync(seconds: 7200)).Token;
        await platform.Tenants.PutSettingsAsync(Backend(), new() { MaxTokenLifetimeSeconds = 600 }, Cancelled);
        platform.Clock.Advance(TimeSpan.FromSeconds(599));
        await platform.CallerAsync(token);
        platform.Clock.Advance(TimeSpan.FromSeconds(2));
        await RefusedAsync(() => platform.CallerAsync(token), Refusal.TokenExpired);
    }

    [Fact]
    public async Task With_a_platform_secret_tokens_are_hs256_and_those_of_before_still_hold()
    {
        await using var before = await WithTenantAsync();
        var es256 = (await before.TokenAsync()).Token;
        await using var with = await before.AnotherAsync(("JWT_SECRET", "a secret of the platform, 32 bytes or more"));
        var hs256 = (await with.TokenAsync()).Token;
        var (header, payload, _) = Parts(hs256);
        Assert.Contains("HS256", Encoding.UTF8.GetString(Base64Url.DecodeFromChars(header)), StringComparison.Ordinal);
        await with.CallerAsync(hs256);
        await with.CallerAsync(es256);
        Assert.True(await IsRefusedAsync(before, hs256));
        Assert.True(await IsRefusedAsync(with, Sign(header, payload, Encoding.UTF8.GetBytes("another secret, also of 32 bytes or more"))));
    }
}
