using Caas.Core.Audit;
using Caas.Core.Bans;
using Caas.Core.Refusals;
using Caas.Core.Tokens;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;
using static Caas.Tests.Tokens.TokenTexts;

namespace Caas.Tests.Audit;

/// <summary>Refused credentials say whose they are, as far as that is known, and what was wrong with them.</summary>
public sealed class CredentialAttemptTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_API_keys()
    {
        await using var platform = await WithTenantAsync();
        var created = await platform.Keys.CreateAsync(Admin, "acme", new("key", null, platform.Clock.GetUtcNow().AddHours(2), ["192.0.2.1"]), Cancelled);
        await IsAsync(() => platform.KeyCallerAsync($"{created.Id}.{new string('x', 43)}"), CredentialFaults.WrongSecret, proven: false, created.Id);
        await IsAsync(() => platform.KeyCallerAsync(created.Key, from: "192.0.2.9"), CredentialFaults.AddressNotAllowed, proven: true, created.Id);
        Assert.Null(await AttemptAsync(() => platform.KeyCallerAsync($"ck_nobodys.{new string('x', 43)}")));
        Assert.Null(await AttemptAsync(() => platform.KeyCallerAsync("no key at all")));

        var rotated = await platform.Keys.RotateAsync(Backend(), created.Id, new(GraceSeconds: 60), Cancelled);
        await platform.KeyCallerAsync(created.Key);
        platform.Clock.Advance(TimeSpan.FromSeconds(61));
        await IsAsync(() => platform.KeyCallerAsync(created.Key), CredentialFaults.SecretRotated, proven: true, created.Id);
        platform.Clock.Advance(TimeSpan.FromHours(2));
        await IsAsync(() => platform.KeyCallerAsync(rotated.Key), CredentialFaults.KeyExpired, proven: true, created.Id);
        await platform.Keys.RevokeAsync(Backend(), created.Id, Cancelled);
        await IsAsync(() => platform.KeyCallerAsync(rotated.Key), CredentialFaults.KeyRevoked, proven: true, created.Id);
        await IsAsync(() => platform.KeyCallerAsync($"{created.Id}.{new string('x', 43)}"), CredentialFaults.WrongSecret, proven: false, created.Id);
    }

    [Fact]
    public async Task A_tokens()
    {
        await using var platform = await WithTenantAsync();
        var token = (await platform.TokenAsync()).Token;
        var (header, payload, _) = Parts(token);
        await IsAsync(() => platform.CallerAsync($"{header}.{payload}.{new string('A', 86)}"), CredentialFaults.TokenForged, proven: false);
        Assert.Null(await AttemptAsync(() => platform.CallerAsync("no token at all")));

        var secret = await platform.Tenants.CreateTokenSecretAsync(Backend(), Cancelled);
        await IsAsync(() => platform.CallerAsync(Minted(platform, secret with { Secret = new string('x', 43) })), CredentialFaults.TokenForged, proven: false);
        await IsAsync(() => platform.CallerAsync(Minted(platform, secret, tid: "globex")), CredentialFaults.TokenInvalid, proven: true);
        await platform.Tenants.DeleteTokenSecretAsync(Backend(), Cancelled);
        await platform.PassFiveSecondsAsync();
        await IsAsync(() => platform.CallerAsync(Minted(platform, secret)), CredentialFaults.TokenForged, proven: false);

        await platform.Get<BanService>().PutAsync(Backend(), "alice", new("spam"), Cancelled);
        await platform.PassFiveSecondsAsync();
        await IsAsync(() => platform.CallerAsync(token), CredentialFaults.UserBanned, proven: true, user: "alice");
        await platform.Get<BanService>().DeleteAsync(Backend(), "alice", null, Cancelled);
        await platform.Tokens.RevokeAsync(Backend(), new(UserId: "alice"), Cancelled);
        await platform.PassFiveSecondsAsync();
        await IsAsync(() => platform.CallerAsync(token), CredentialFaults.TokenRevoked, proven: true, user: "alice");
        platform.Clock.Advance(TimeSpan.FromHours(2));
        await IsAsync(() => platform.CallerAsync(token), CredentialFaults.TokenExpired, proven: true, user: "alice");
    }

    [Fact]
    public async Task A_refresh_tokens()
    {
        await using var platform = await WithTenantAsync();
        var refresher = platform.Get<TokenRefresher>();
        var first = await platform.TokenAsync();
        await refresher.RefreshAsync(first.RefreshToken, Cancelled);
        await IsAsync(() => refresher.RefreshAsync(first.RefreshToken, Cancelled), CredentialFaults.RefreshTokenReused, proven: true, user: "alice");
        var second = await platform.TokenAsync();
        platform.Clock.Advance(TimeSpan.FromDays(400));
        await IsAsync(() => refresher.RefreshAsync(second.RefreshToken, Cancelled), CredentialFaults.RefreshTokenExpired, proven: true, user: "alice");
        Assert.Null(await AttemptAsync(() => refresher.RefreshAsync("no refresh token", Cancelled)));
    }

    private static async Task IsAsync(Func<Task> call, string reason, bool proven, string? key = null, string? user = null)
    {
        var attempt = await AttemptAsync(call);
        Assert.Equal(("acme", reason, proven, key, user), (attempt?.Tenant.Value, attempt?.Reason, attempt?.Proven, attempt?.KeyId, attempt?.User?.Value));
    }

    private static async Task<CredentialAttempt?> AttemptAsync(Func<Task> call) => (await Assert.ThrowsAsync<RefusedException>(call)).Attempt;
}
