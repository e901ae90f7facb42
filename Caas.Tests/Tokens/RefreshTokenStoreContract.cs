using Caas.Core.Ids;
using Caas.Core.Tokens;
using Xunit;

namespace Caas.Tests.Tokens;

/// <summary>What <see cref="IRefreshTokenStore"/> promises. Adapters inherit it.</summary>
public abstract class RefreshTokenStoreContract
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);
    private static readonly TenantId Acme = new("acme");
    private static readonly TenantId Other = new("other");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract IRefreshTokenStore CreateStore();

    [Fact]
    public async Task A_token_comes_back_as_it_was_added()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var token = Token("h1") with { UsedAt = At.AddMinutes(1), RevokedAt = At.AddMinutes(2) };
        await one.AddAsync(token, Cancelled);
        Assert.Equal(token, await other.FindAsync("h1", Cancelled));
        Assert.Null(await other.FindAsync("h2", Cancelled));
    }

    [Fact]
    public async Task Adding_the_same_token_again_changes_nothing()
    {
        var store = CreateStore();
        await store.AddAsync(Token("h1"), Cancelled);
        Assert.True(await store.TryUseAsync("h1", At.AddHours(1), Cancelled));
        await store.AddAsync(Token("h1"), Cancelled);
        Assert.Equal(At.AddHours(1), (await store.FindAsync("h1", Cancelled))!.UsedAt);
    }

    [Fact]
    public async Task A_token_is_used_once_also_by_many_at_once()
    {
        var stores = Enumerable.Range(0, 8).Select(_ => CreateStore()).ToArray();
        await stores[0].AddAsync(Token("h1"), Cancelled);
        Assert.Single(await Task.WhenAll(stores.Select(store => store.TryUseAsync("h1", At.AddHours(1), Cancelled))), used => used);
        Assert.False(await stores[0].TryUseAsync("h1", At.AddHours(2), Cancelled));
        Assert.Equal(At.AddHours(1), (await stores[1].FindAsync("h1", Cancelled))!.UsedAt);
    }

    [Fact]
    public async Task What_is_revoked_or_unknown_cannot_be_used()
    {
        var store = CreateStore();
        await store.AddAsync(Token("h1"), Cancelled);
        await store.RevokeFamilyAsync(Acme, "f1", At.AddHours(1), Cancelled);
        Assert.False(await store.TryUseAsync("h1", At.AddHours(2), Cancelled));
        Assert.False(await store.TryUseAsync("h2", At.AddHours(2), Cancelled));
        Assert.Null((await store.FindAsync("h1", Cancelled))!.UsedAt);
    }

    [Fact]
    public async Task Revoking_a_family_ends_all_of_it_and_nothing_else()
    {
        var store = CreateStore();
        await store.AddAsync(Token("h1"), Cancelled);
        await store.AddAsync(Token("h2") with { UsedAt = At }, Cancelled);
        await store.AddAsync(Token("h3") with { Family = "f2" }, Cancelled);
        await store.AddAsync(Token("h4") with { Tenant = Other }, Cancelled);
        await store.RevokeFamilyAsync(Acme, "f1", At.AddHours(1), Cancelled);
        await store.RevokeFamilyAsync(Acme, "f1", At.AddHours(2), Cancelled);
        Assert.Equal([At.AddHours(1), At.AddHours(1), null, null], await RevokedAsync(store, "h1", "h2", "h3", "h4"));
    }

    [Fact]
    public async Task Revoking_a_users_ends_those_issued_before_and_nothing_else()
    {
        var store = CreateStore();
        await store.AddAsync(Token("h1"), Cancelled);
        await store.AddAsync(Token("h2") with { IssuedAt = At.AddMilliseconds(1) }, Cancelled);
        await store.AddAsync(Token("h3") with { User = new("bob") }, Cancelled);
        await store.AddAsync(Token("h4") with { Tenant = Other }, Cancelled);
        await store.RevokeUserAsync(Acme, new("alice"), At.AddMilliseconds(1), At.AddHours(1), Cancelled);
        Assert.Equal([At.AddHours(1), null, null, null], await RevokedAsync(store, "h1", "h2", "h3", "h4"));
    }

    [Fact]
    public async Task Pruning_removes_what_ended_before()
    {
        var store = CreateStore();
        await store.AddAsync(Token("h1") with { ExpiresAt = At.AddDays(1) }, Cancelled);
        await store.AddAsync(Token("h2") with { ExpiresAt = At.AddDays(2) }, Cancelled);
        await store.PruneAsync(At.AddDays(2), Cancelled);
        Assert.Null(await store.FindAsync("h1", Cancelled));
        Assert.NotNull(await store.FindAsync("h2", Cancelled));
    }

    private static async Task<DateTimeOffset?[]> RevokedAsync(IRefreshTokenStore store, params string[] hashes)
    {
        var revoked = new List<DateTimeOffset?>();
        foreach (var hash in hashes)
        {
            revoked.Add((await store.FindAsync(hash, Cancelled))!.RevokedAt);
        }

        return [.. revoked];
    }

    private static RefreshToken Token(string hash) => new(hash, Acme, new("alice"), "f1", "jti-1", At, At.AddDays(30), null, null);
}
