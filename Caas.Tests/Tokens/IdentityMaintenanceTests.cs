using System.Text;
using Caas.Core.Idempotency;
using Caas.Core.Tokens;
using Caas.Tests.Callers;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;

namespace Caas.Tests.Tokens;

public sealed class IdentityMaintenanceTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_has_run_out_is_removed_every_hour_and_nothing_else()
    {
        await using var platform = await WithTenantAsync();
        var (ended, lives) = (await platform.TokenAsync("alice"), await platform.TokenAsync("bob"));
        await platform.Tokens.RevokeAsync(Backend(), new(Token: ended.Token), Cancelled);
        await platform.Get<IdempotentAnswers>().ClaimAsync("acme/key:a", "POST /x", "k", Encoding.UTF8.GetBytes("{}"), Cancelled);
        var (revocations, refreshTokens) = (platform.Get<IRevocationStore>(), platform.Get<IRefreshTokenStore>());
        var maintenance = platform.Get<IdentityMaintenance>();
        await maintenance.StartAsync(Cancelled);

        platform.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(2, (await revocations.ReadAfterAsync(null, Cancelled)).Items.Count); // The token and its family, for as long as any token of it may live.
        platform.Clock.Advance(TimeSpan.FromHours(24));
        await Eventually.HoldsAsync(async () => await PassingAsync(platform, async () => (await revocations.ReadAfterAsync(null, Cancelled)).Items.Count == 0) ? null : "the revocation stands", Cancelled);
        Assert.NotNull(await refreshTokens.FindAsync(TokenPairs.HashOf(lives.RefreshToken), Cancelled));

        platform.Clock.Advance(TimeSpan.FromDays(31));
        await Eventually.HoldsAsync(
            async () => await PassingAsync(platform, async () => await refreshTokens.FindAsync(TokenPairs.HashOf(lives.RefreshToken), Cancelled) is null) ? null : "the refresh token stands", Cancelled);
        await maintenance.StopAsync(Cancelled);
    }

    /// <summary>Lets minutes pass with each look: when the timer was started is not known.</summary>
    private static async Task<bool> PassingAsync(IdentityPlatform platform, Func<Task<bool>> holds)
    {
        platform.Clock.Advance(TimeSpan.FromMinutes(2));
        return await holds();
    }
}
