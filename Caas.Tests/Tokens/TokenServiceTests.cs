using Caas.Core.Callers;
using Caas.Core.Refusals;
using Caas.Core.Tokens;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;

namespace Caas.Tests.Tokens;

/// <summary>Issuing, refreshing and revoking.</summary>
public sealed class TokenServiceTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tokens_are_for_the_backend_and_for_active_users_of_its_tenant()
    {
        await using var platform = await WithTenantAsync();
        await platform.AddTenantAsync("other", "carol");
        await RefusedAsync(() => platform.TokenAsync("carol"), Refusal.UserNotFound);
        await RefusedAsync(() => platform.TokenAsync("not/an id"), Refusal.UserNotFound);
        await RefusedAsync(() => platform.Tokens.IssueAsync(Backend("acme", Scopes.TokensRead), "alice", new(), Cancelled), Refusal.InsufficientScope);
        await RefusedAsync(() => platform.Tokens.IssueAsync(Admin, "alice", new(), Cancelled), Refusal.NotAllowed);
        var alice = await platform.CallerAsync((await platform.TokenAsync()).Token);
        await RefusedAsync(() => platform.Tokens.IssueAsync(alice, "alice", new(), Cancelled), Refusal.NotAllowed);
        foreach (var seconds in new[] { 59, 0, -1, 86_401, int.MaxValue })
        {
            await RefusedAsync(() => platform.TokenAsync(seconds: seconds), Refusal.ValidationFailed);
        }

        await platform.TokenAsync(seconds: 86_400);
    }

    [Fact]
    public async Task A_tenants_longest_life_bounds_the_default_too()
    {
        await using var platform = await WithTenantAsync();
        await platform.Tenants.PutSettingsAsync(Backend(), new() { MaxTokenLifetimeSeconds = 300 }, Cancelled);
        var pair = await platform.TokenAsync();
        Assert.Equal(300, Math.Ceiling((pair.ExpiresAt - platform.Clock.GetUtcNow()).TotalSeconds));
        await RefusedAsync(() => platform.TokenAsync(seconds: 301), Refusal.ValidationFailed);
    }

    [Fact]
    public async Task A_batch_gives_each_its_own_or_nobody_any()
    {
        await using var platform = await WithTenantAsync();
        var items = (await platform.Tokens.IssueManyAsync(Backend(), new(["bob", "alice", "bob"]), Cancelled)).Items;
        Assert.Equal(["bob", "alice", "bob"], items.Select(item => item.UserId));
        Assert.Equal(3, items.Select(item => item.Token).Distinct().Count());
        Assert.Equal("bob", (await platform.CallerAsync(items[0].Token)).User!.Value.Value);
        await RefusedAsync(() => platform.Tokens.IssueManyAsync(Backend(), new(["alice", "nobody"]), Cancelled), Refusal.UserNotFound);
        await RefusedAsync(() => platform.Tokens.IssueManyAsync(Backend(), new(["alice", "not/an id"]), Cancelled), Refusal.ValidationFailed);
        await RefusedAsync(() => platform.Tokens.IssueManyAsync(Backend(), new([]), Cancelled), Refusal.ValidationFailed);
        await RefusedAsync(() => platform.Tokens.IssueManyAsync(Backend(), new([.. Enumerable.Repeat("alice", 101)]), Cancelled), Refusal.ValidationFailed);
    }

    [Fact]
    public async Task A_refresh_token_gives_a_new_pair_once()
    {
        await using var platform = await WithTenantAsync();
        var first = await platform.TokenAsync();
        Assert.Equal(platform.Clock.GetUtcNow().AddDays(30), first.RefreshExpiresAt);
        platform.Clock.Advance(TimeSpan.FromDays(29));
        var second = await platform.Tokens.RefreshAsync(new(first.RefreshToken), Cancelled);
        Assert.Equal(platform.Clock.GetUtcNow().AddDays(30), second.RefreshExpiresAt);
        Assert.Equal("alice", (await platform.CallerAsync(second.Token)).User!.Value.Value);
        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
        var third = await platform.Tokens.RefreshAsync(new(second.RefreshToken), Cancelled);
        await platform.CallerAsync(third.Token);
    }

    [Fact]
    public async Task Who_uses_a_refresh_token_again_ends_its_whole_family()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        var first = await one.TokenAsync();
        var apart = await one.TokenAsync();
        var second = await one.Tokens.RefreshAsync(new(first.RefreshToken), Cancelled);
        await other.CallerAsync(second.Token);
        await RefusedAsync(() => one.Tokens.RefreshAsync(new(first.RefreshToken), Cancelled), Refusal.TokenRevoked);
        await RefusedAsync(() => one.CallerAsync(first.Token), Refusal.TokenRevoked);
        await RefusedAsync(() => one.CallerAsync(second.Token), Refusal.TokenRevoked);
        await RefusedAsync(() => other.Tokens.RefreshAsync(new(second.RefreshToken), Cancelled), Refusal.TokenRevoked);
        await one.PassFiveSecondsAsync(other);
        await RefusedAsync(() => other.CallerAsync(second.Token), Refusal.TokenRevoked);
        await other.CallerAsync(apart.Token);
        await other.Tokens.RefreshAsync(new(apart.RefreshToken), Cancelled);
    }

    [Fact]
    public async Task Of_two_who_use_a_refresh_token_at_once_neither_keeps_what_it_got()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        for (var round = 0; round < 5; round++)
        {
            var pair = await one.TokenAsync();
            var outcomes = await Task.WhenAll(new[] { one, other, one, other }.Select(async platform =>
            {
                try
                {
                    return await platform.Tokens.RefreshAsync(new(pair.RefreshToken), Cancelled);
                }
                catch (RefusedException refused) when (refused.Refusal == Refusal.TokenRevoked)
                {
                    return null;
                }
            }));
            var won = outcomes.Where(outcome => outcome is not null).ToArray();
            Assert.InRange(won.Length, 0, 1);
            await one.ReadAsync();
            foreach (var issued in won.Append(pair))
            {
                await RefusedAsync(() => one.CallerAsync(issued!.Token), Refusal.TokenRevoked);
                await RefusedAsync(() => one.Tokens.RefreshAsync(new(issued!.RefreshToken), Cancelled), Refusal.TokenRevoked);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("rt_")]
    [InlineData("rt_nobody-knows-this-one")]
    [InlineData("nonsense")]
    public async Task An_unknown_refresh_token_is_refused(string text)
    {
        await using var platform = await WithTenantAsync();
        await RefusedAsync(() => platform.Tokens.RefreshAsync(new(text), Cancelled), Refusal.Unauthenticated);
        await RefusedAsync(() => platform.Tokens.RefreshAsync(new(text + new string('x', 100_000)), Cancelled), Refusal.Unauthenticated);
    }

    [Fact]
    public async Task A_refresh_token_ends_after_thirty_days_and_with_its_tenant()
    {
        await using var platform = await WithTenantAsync();
        await platform.AddTenantAsync("other");
        var (ends, deleted) = (await platform.TokenAsync(), await platform.TokenAsync(tenant: "other"));
        await platform.Tenants.DeleteAsync(Admin, "other", Cancelled);
        await RefusedAsync(() => platform.Tokens.RefreshAsync(new(deleted.RefreshToken), Cancelled), Refusal.Unauthenticated);
        platform.Clock.Advance(TimeSpan.FromDays(30));
        await RefusedAsync(() => platform.Tokens.RefreshAsync(new(ends.RefreshToken), Cancelled), Refusal.TokenExpired);
    }

    [Fact]
    public async Task One_revoked_token_leaves_the_others()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        var (gone, stays) = (await one.TokenAsync(), await one.TokenAsync());
        await other.CallerAsync(gone.Token);
        var told = new List<Revocation>();
        other.Revocations.Revoked += told.Add;
        await one.Tokens.RevokeAsync(Backend(), new(Token: gone.Token), Cancelled);
        await RefusedAsync(() => one.CallerAsync(gone.Token), Refusal.TokenRevoked);
        await one.PassFiveSecondsAsync(other);
        await RefusedAsync(() => other.CallerAsync(gone.Token), Refusal.TokenRevoked);
        await other.CallerAsync(stays.Token);
        Assert.Equal(2, told.Count); // The token and its family.
        Assert.All(told, revocation => Assert.Equal((RevocationKind.Token, "alice"), (revocation.Kind, revocation.User!.Value.Value)));
        await one.PassFiveSecondsAsync(other);
        Assert.Equal(2, told.Count);
    }

    [Fact]
    public async Task A_revoked_token_ends_its_whole_session()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        var first = await one.TokenAsync();
        var second = await one.Tokens.RefreshAsync(new(first.RefreshToken), Cancelled);
        await one.Tokens.RevokeAsync(Backend(), new(Token: first.Token), Cancelled);
        await RefusedAsync(() => one.Tokens.RefreshAsync(new(second.RefreshToken), Cancelled), Refusal.TokenRevoked);
        await RefusedAsync(() => one.CallerAsync(second.Token), Refusal.TokenRevoked);
        await one.PassFiveSecondsAsync(other);
        await RefusedAsync(() => other.CallerAsync(second.Token), Refusal.TokenRevoked);
    }

    [Fact]
    public async Task A_users_tokens_are_revoked_to_the_millisecond()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        var before = await one.TokenAsync();
        var bobs = await one.TokenAsync("bob");
        one.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await one.Tokens.RevokeAsync(Backend(), new(UserId: "alice"), Cancelled);
        var after = await one.TokenAsync();
        foreach (var platform in new[] { one, other })
        {
            await platform.ReadAsync();
            await RefusedAsync(() => platform.CallerAsync(before.Token), Refusal.TokenRevoked);
            await RefusedAsync(() => platform.Tokens.RefreshAsync(new(before.RefreshToken), Cancelled), Refusal.TokenRevoked);
            await platform.CallerAsync(after.Token);
            await platform.CallerAsync(bobs.Token);
        }

        await other.Tokens.RefreshAsync(new(after.RefreshToken), Cancelled);
    }

    [Fact]
    public async Task A_users_tokens_can_be_revoked_up_to_an_earlier_time()
    {
        await using var platform = await WithTenantAsync();
        var early = await platform.TokenAsync();
        platform.Clock.Advance(TimeSpan.FromMinutes(1));
        var between = platform.Clock.GetUtcNow();
        var late = await platform.TokenAsync();
        await RefusedAsync(() => platform.Tokens.RevokeAsync(Backend(), new(UserId: "alice", Before: between.AddMinutes(5)), Cancelled), Refusal.ValidationFailed);
        await platform.Tokens.RevokeAsync(Backend(), new(UserId: "alice", Before: between), Cancelled);
        await RefusedAsync(() => platform.CallerAsync(early.Token), Refusal.TokenRevoked);
        await platform.CallerAsync(late.Token);
        await RefusedAsync(() => platform.Tokens.RevokeAsync(Backend(), new(UserId: "nobody"), Cancelled), Refusal.UserNotFound);
        await RefusedAsync(() => platform.Tokens.RevokeAsync(Backend(), new(), Cancelled), Refusal.ValidationFailed);
        await RefusedAsync(() => platform.Tokens.RevokeAsync(Backend(), new(late.Token, "alice"), Cancelled), Refusal.ValidationFailed);
        await RefusedAsync(() => platform.Tokens.RevokeAsync(Backend(), new(late.Token, Before: between), Cancelled), Refusal.ValidationFailed);
    }

    [Fact]
    public async Task Revoking_a_refresh_token_ends_its_family()
    {
        await using var platform = await WithTenantAsync();
        var pair = await platform.TokenAsync();
        await platform.Tokens.RevokeAsync(Backend(), new(Token: pair.RefreshToken), Cancelled);
        await RefusedAsync(() => platform.CallerAsync(pair.Token), Refusal.TokenRevoked);
        await RefusedAsync(() => platform.Tokens.RefreshAsync(new(pair.RefreshToken), Cancelled), Refusal.TokenRevoked);
        await platform.Tokens.RevokeAsync(Backend(), new(Token: pair.RefreshToken), Cancelled);
    }

    [Fact]
    public async Task Others_tokens_cannot_be_revoked()
    {
        await using var platform = await WithTenantAsync();
        await platform.AddTenantAsync("other");
        var (mine, bobs, theirs) = (await platform.TokenAsync(), await platform.TokenAsync("bob"), await platform.TokenAsync(tenant: "other"));
        foreach (var text in new[] { theirs.Token, theirs.RefreshToken, "nonsense", "", "rt_nonsense", new string('x', 100_000) })
        {
            await RefusedAsync(() => platform.Tokens.RevokeAsync(Backend(), new(Token: text), Cancelled), Refusal.ValidationFailed);
        }

        var alice = await platform.CallerAsync(mine.Token);
        await RefusedAsync(() => platform.Tokens.RevokeAsync(alice, new(Token: bobs.Token), Cancelled), Refusal.NotAllowed);
        await RefusedAsync(() => platform.Tokens.RevokeAsync(alice, new(Token: bobs.RefreshToken), Cancelled), Refusal.NotAllowed);
        await RefusedAsync(() => platform.Tokens.RevokeAsync(alice, new(UserId: "bob"), Cancelled), Refusal.NotAllowed);
        await RefusedAsync(() => platform.Tokens.RevokeAsync(Backend("acme", Scopes.TokensRead), new(UserId: "bob"), Cancelled), Refusal.InsufficientScope);
        await platform.CallerAsync(bobs.Token);
        await platform.CallerAsync(theirs.Token);
        await platform.Tokens.RevokeAsync(alice, new(Token: mine.Token), Cancelled);
        await RefusedAsync(() => platform.CallerAsync(mine.Token), Refusal.TokenRevoked);
    }

    [Fact]
    public async Task An_ended_token_can_be_revoked_without_effect()
    {
        await using var platform = await WithTenantAsync();
        var pair = await platform.TokenAsync(seconds: 60);
        platform.Clock.Advance(TimeSpan.FromMinutes(2));
        var known = platform.Revocations.Count;
        await platform.Tokens.RevokeAsync(Backend(), new(Token: pair.Token), Cancelled);
        Assert.Equal(known, platform.Revocations.Count);
    }

    [Fact]
    public async Task Logging_out_ends_the_token_and_its_family_and_no_other()
    {
        await using var platform = await WithTenantAsync();
        var (here, elsewhere) = (await platform.TokenAsync(), await platform.TokenAsync());
        var renewed = await platform.Tokens.RefreshAsync(new(here.RefreshToken), Cancelled);
        await platform.Tokens.LogoutAsync(await platform.CallerAsync(renewed.Token), Cancelled);
        await RefusedAsync(() => platform.CallerAsync(renewed.Token), Refusal.TokenRevoked);
        await RefusedAsync(() => platform.CallerAsync(here.Token), Refusal.TokenRevoked);
        await RefusedAsync(() => platform.Tokens.RefreshAsync(new(renewed.RefreshToken), Cancelled), Refusal.TokenRevoked);
        await platform.CallerAsync(elsewhere.Token);
        await RefusedAsync(() => platform.Tokens.LogoutAsync(Backend(), Cancelled), Refusal.NotAllowed);
    }

    [Fact]
    public async Task A_new_role_counts_with_the_next_call_after_five_seconds()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        var token = (await one.TokenAsync()).Token;
        Assert.False((await other.CallerAsync(token)).IsTenantAdmin);
        await one.Users.UpdateAsync(Backend(), "alice", new() { Role = "admin" }, Cancelled);
        Assert.True((await one.CallerAsync(token)).IsTenantAdmin);
        await one.PassFiveSecondsAsync(other);
        Assert.True((await other.CallerAsync(token)).IsTenantAdmin);
    }
}
