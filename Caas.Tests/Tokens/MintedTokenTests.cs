using System.Buffers.Text;
using System.Text;
using Caas.Core.Callers;
using Caas.Core.Refusals;
using Caas.Tests.Callers;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;
using static Caas.Tests.Tokens.TokenTexts;

namespace Caas.Tests.Tokens;

/// <summary>Tokens that a tenant signs itself.</summary>
public sealed class MintedTokenTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tenants_own_secret_vouches_for_its_own_users_only()
    {
        await using var platform = await WithTenantAsync();
        await platform.AddTenantAsync("other");
        var ours = await platform.Tenants.CreateTokenSecretAsync(Backend(), Cancelled);
        var theirs = await platform.Tenants.CreateTokenSecretAsync(Backend("other"), Cancelled);
        var caller = await platform.CallerAsync(Minted(platform, ours));
        Assert.Equal(("acme", "alice"), (caller.Tenant.Value, caller.User!.Value.Value));
        Assert.True(await IsRefusedAsync(platform, Minted(platform, theirs)));
        Assert.True(await IsRefusedAsync(platform, Minted(platform, theirs with { Kid = ours.Kid })));
        Assert.True(await IsRefusedAsync(platform, Minted(platform, ours, tid: "other")));
        Assert.True(await IsRefusedAsync(platform, Minted(platform, ours, sub: "nobody")));
        Assert.True(await IsRefusedAsync(platform, Minted(platform, ours, sub: "not/an id")));
        await platform.CallerAsync(Minted(platform, theirs, tid: "other"));
    }

    [Fact]
    public async Task A_secret_is_one_key_its_text_and_not_what_that_decodes_to()
    {
        await using var platform = await WithTenantAsync();
        var secret = await platform.Tenants.CreateTokenSecretAsync(Backend(), Cancelled);
        var raw = secret with { Secret = Encoding.Latin1.GetString(Base64Url.DecodeFromChars(secret.Secret)) };
        var refused = await RefusedAsync(() => platform.CallerAsync(Minted(platform, raw, encoding: Encoding.Latin1)), Refusal.Unauthenticated);
        Assert.Equal("The token is not valid.", refused.Detail);
        await platform.CallerAsync(Minted(platform, secret));
    }

    [Theory]
    [InlineData("""{"tid":"acme","iat":NOW,"exp":LATER}""", "sub")]
    [InlineData("""{"sub":"not/an id","tid":"acme","iat":NOW,"exp":LATER}""", "sub")]
    [InlineData("""{"sub":"alice","iat":NOW,"exp":LATER}""", "tid")]
    [InlineData("""{"sub":"alice","tid":"other","iat":NOW,"exp":LATER}""", "tid")]
    [InlineData("""{"sub":"alice","tid":"acme","exp":LATER}""", "iat")]
    [InlineData("""{"sub":"alice","tid":"acme","iat":LATER,"exp":LATER}""", "iat")]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW}""", "exp")]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW,"exp":TOOLATE}""", "exp")]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW,"exp":LATER,"nbf":LATER}""", "nbf")]
    [InlineData("""{"sub":7,"tid":"acme","iat":NOW,"exp":LATER}""", "sub")]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW,"exp":LATER,"exp":LATER}""", "claim")]
    public async Task What_is_wrong_is_named_to_who_has_the_key_and_to_nobody_else(string payload, string claim)
    {
        await using var platform = await WithTenantAsync();
        var secret = await platform.Tenants.CreateTokenSecretAsync(Backend(), Cancelled);
        var claims = Encode(Fill(platform, payload));
        var told = await RefusedAsync(() => platform.CallerAsync(Sign(Header(secret.Kid), claims, Encoding.ASCII.GetBytes(secret.Secret))), Refusal.Unauthenticated);
        Assert.Contains($" {claim}", told.Detail, StringComparison.Ordinal);
        var forged = await RefusedAsync(() => platform.CallerAsync(Sign(Header(secret.Kid), claims, Encoding.ASCII.GetBytes("a guess"))), Refusal.Unauthenticated);
        Assert.Equal("The token is not valid.", forged.Detail);
    }

    [Theory]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW,"exp":LATER}""", true)]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW.75,"exp":LATER.5,"nbf":NOW,"extra":{"a":[1]}}""", true)]
    [InlineData("""{"sub":"alice","tid":"acme","iat":SOON,"exp":LATER}""", true)]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW}""", false)]
    [InlineData("""{"sub":"alice","tid":"acme","exp":LATER}""", false)]
    [InlineData("""{"sub":"alice","tid":"acme","iat":LATER,"exp":LATER}""", false)]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW,"exp":LATER,"nbf":LATER}""", false)]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW,"exp":TOOLATE}""", false)]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW,"exp":"LATER"}""", false)]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW,"exp":1e300}""", false)]
    [InlineData("""{"sub":"alice","tid":"acme","iat":-1,"exp":LATER}""", false)]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW,"exp":null}""", false)]
    [InlineData("""{"sub":"alice","iat":NOW,"exp":LATER}""", false)]
    [InlineData("""{"tid":"acme","iat":NOW,"exp":LATER}""", false)]
    [InlineData("""{"sub":7,"tid":"acme","iat":NOW,"exp":LATER}""", false)]
    [InlineData("""{"sub":["alice"],"tid":"acme","iat":NOW,"exp":LATER}""", false)]
    [InlineData("""{"sub":"alice","tid":"ACME","iat":NOW,"exp":LATER}""", false)]
    [InlineData("""{"sub":"alice","tid":"acme","tid":"acme","iat":NOW,"exp":LATER}""", false)]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW,"exp":LATER,"jti":""}""", false)]
    [InlineData("""{"sub":"alice","tid":"acme","iat":NOW,"exp":LATER,"jti":{}}""", false)]
    [InlineData("""[]""", false)]
    [InlineData("""nonsense""", false)]
    public async Task The_claims_of_a_minted_token_are_judged_strictly(string payload, bool believed)
    {
        await using var platform = await WithTenantAsync();
        var secret = await platform.Tenants.CreateTokenSecretAsync(Backend(), Cancelled);
        var claims = Fill(platform, payload);
        Assert.Equal(!believed, await IsRefusedAsync(platform, Sign(Header(secret.Kid), Encode(claims), Encoding.ASCII.GetBytes(secret.Secret))));
    }

    private static string Fill(IdentityPlatform platform, string payload)
    {
        var now = platform.Clock.GetUtcNow().ToUnixTimeSeconds();
        return payload.Replace("NOW", $"{now}", StringComparison.Ordinal).Replace("SOON", $"{now + 29}", StringComparison.Ordinal)
            .Replace("TOOLATE", $"{now + 86_401}", StringComparison.Ordinal).Replace("LATER", $"{now + 3600}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_critical_headers_and_wrong_algorithms_of_minted_tokens_are_refused()
    {
        await using var platform = await WithTenantAsync();
        var secret = await platform.Tenants.CreateTokenSecretAsync(Backend(), Cancelled);
        var (_, payload, _) = Parts(Minted(platform, secret));
        var key = Encoding.ASCII.GetBytes(secret.Secret);
        foreach (var header in new[] { $$"""{"alg":"HS256","kid":"{{secret.Kid}}","crit":["exp"]}""", $$"""{"alg":"HS512","kid":"{{secret.Kid}}"}""", $$"""{"alg":"none","kid":"{{secret.Kid}}"}""", $$"""{"alg":"hs256","kid":"{{secret.Kid}}"}""" })
        {
            Assert.True(await IsRefusedAsync(platform, Sign(Encode(header), payload, key)), header);
        }
    }

    [Fact]
    public async Task A_replaced_or_removed_secret_stops_at_once_here_and_soon_everywhere()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        var first = await one.Tenants.CreateTokenSecretAsync(Backend(), Cancelled);
        var token = Minted(one, first);
        await one.CallerAsync(token);
        await other.CallerAsync(token);
        one.Clock.Advance(TimeSpan.FromMilliseconds(5));
        var second = await one.Tenants.CreateTokenSecretAsync(Backend(), Cancelled);
        Assert.NotEqual(first.Kid, second.Kid);
        Assert.True(await IsRefusedAsync(one, token));
        await one.PassFiveSecondsAsync(other);
        Assert.True(await IsRefusedAsync(other, token));
        var renewed = Minted(one, second);
        await other.CallerAsync(renewed);
        await one.Tenants.DeleteTokenSecretAsync(Backend(), Cancelled);
        await one.Tenants.DeleteTokenSecretAsync(Backend(), Cancelled);
        Assert.True(await IsRefusedAsync(one, renewed));
        await one.PassFiveSecondsAsync(other);
        Assert.True(await IsRefusedAsync(other, renewed));
    }

    [Fact]
    public async Task A_secret_outlives_the_key_that_asks_so_it_needs_both_scopes()
    {
        await using var platform = await WithTenantAsync();
        await RefusedAsync(() => platform.Tenants.CreateTokenSecretAsync(Backend("acme", Scopes.TokensWrite), Cancelled), Refusal.InsufficientScope);
        await RefusedAsync(() => platform.Tenants.CreateTokenSecretAsync(Backend("acme", Scopes.TenantWrite), Cancelled), Refusal.InsufficientScope);
        await RefusedAsync(() => platform.Tenants.CreateTokenSecretAsync(Admin, Cancelled), Refusal.NotAllowed);
        await platform.Tenants.CreateTokenSecretAsync(Backend("acme", Scopes.TenantWrite, Scopes.TokensWrite), Cancelled);
    }
}
