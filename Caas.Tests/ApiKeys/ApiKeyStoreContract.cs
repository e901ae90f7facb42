using Caas.Core.ApiKeys;
using Caas.Core.Ids;
using Xunit;

namespace Caas.Tests.ApiKeys;

/// <summary>What <see cref="IApiKeyStore"/> promises. Adapters inherit it.</summary>
public abstract class ApiKeyStoreContract
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);
    private static readonly TenantId Acme = new("acme");
    private static readonly TenantId Other = new("other");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract IApiKeyStore CreateStore();

    [Fact]
    public async Task A_key_comes_back_as_it_was_saved()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var key = Key("ck_a", 4) with
        {
            PreviousSecretHash = "ffee",
            PreviousUntil = At.AddHours(24),
            Scopes = ["messages:write", "users:read"],
            AllowedIps = ["10.0.0.0/8", "2001:db8::1"],
            ExpiresAt = At.AddDays(9),
            RevokedAt = At.AddDays(1),
        };
        Assert.True(await one.SaveAsync(key, Cancelled));
        var found = await other.FindAsync("ck_a", Cancelled);
        Assert.NotNull(found);
        Assert.Equal(key.Scopes, found.Scopes);
        Assert.Equal(key.AllowedIps, found.AllowedIps);
        Assert.Equal(key with { Scopes = found.Scopes, AllowedIps = found.AllowedIps }, found);
    }

    [Fact]
    public async Task What_was_never_saved_is_not_found()
    {
        Assert.Null(await CreateStore().FindAsync("ck_nobody", Cancelled));
    }

    [Fact]
    public async Task Only_a_higher_rev_replaces_and_last_use_stays()
    {
        var store = CreateStore();
        Assert.True(await store.SaveAsync(Key("ck_a", 5) with { Name = "five" }, Cancelled));
        await store.TouchAsync("ck_a", At.AddMinutes(3), Cancelled);
        Assert.False(await store.SaveAsync(Key("ck_a", 5) with { Name = "other five" }, Cancelled));
        Assert.False(await store.SaveAsync(Key("ck_a", 4) with { Name = "four" }, Cancelled));
        Assert.True(await store.SaveAsync(Key("ck_a", 6) with { Name = "six", RevokedAt = At }, Cancelled));
        var found = await store.FindAsync("ck_a", Cancelled);
        Assert.Equal("six", found!.Name);
        Assert.Equal(At, found.RevokedAt);
        Assert.Equal(At.AddMinutes(3), found.LastUsedAt);
    }

    [Fact]
    public async Task Another_tenants_key_is_never_overwritten()
    {
        var store = CreateStore();
        await store.SaveAsync(Key("ck_a", 1) with { Name = "mine" }, Cancelled);
        await store.SaveAsync(Key("ck_a", 9) with { Name = "theirs", Tenant = Other }, Cancelled);
        var found = await store.FindAsync("ck_a", Cancelled);
        Assert.Equal(("mine", Acme), (found!.Name, found.Tenant));
    }

    [Fact]
    public async Task A_use_moves_forward_only_and_an_unknown_key_is_left_alone()
    {
        var store = CreateStore();
        await store.SaveAsync(Key("ck_a", 1), Cancelled);
        await store.TouchAsync("ck_a", At.AddMinutes(5), Cancelled);
        await store.TouchAsync("ck_a", At.AddMinutes(2), Cancelled);
        await store.TouchAsync("ck_nobody", At, Cancelled);
        Assert.Equal(At.AddMinutes(5), (await store.FindAsync("ck_a", Cancelled))!.LastUsedAt);
        Assert.Null(await store.FindAsync("ck_nobody", Cancelled));
    }

    [Fact]
    public async Task The_list_goes_by_id_in_pages_with_revoked_ones_and_of_one_tenant()
    {
        var store = CreateStore();
        foreach (var id in new[] { "ck_c", "ck_a", "ck_b", "ck_d" })
        {
            await store.SaveAsync(Key(id, 1) with { RevokedAt = id == "ck_b" ? At : null }, Cancelled);
        }

        await store.SaveAsync(Key("ck_aa", 1) with { Tenant = Other }, Cancelled);
        Assert.Equal(["ck_a", "ck_b", "ck_c"], (await store.ListAsync(Acme, null, 3, Cancelled)).Select(key => key.Id));
        Assert.Equal(["ck_d"], (await store.ListAsync(Acme, "ck_c", 3, Cancelled)).Select(key => key.Id));
        Assert.Equal(["ck_aa"], (await store.ListAsync(Other, null, 3, Cancelled)).Select(key => key.Id));
    }

    [Fact]
    public async Task Revoked_and_expired_keys_are_not_active()
    {
        var store = CreateStore();
        Assert.Equal(0, await store.CountActiveAsync(Acme, At, Cancelled));
        await store.SaveAsync(Key("ck_a", 1), Cancelled);
        await store.SaveAsync(Key("ck_b", 1) with { RevokedAt = At.AddDays(-1) }, Cancelled);
        await store.SaveAsync(Key("ck_c", 1) with { ExpiresAt = At }, Cancelled);
        await store.SaveAsync(Key("ck_d", 1) with { ExpiresAt = At.AddSeconds(1) }, Cancelled);
        await store.SaveAsync(Key("ck_e", 1) with { Tenant = Other }, Cancelled);
        Assert.Equal(2, await store.CountActiveAsync(Acme, At, Cancelled));
    }

    private static ApiKey Key(string id, long rev) => new() { Tenant = Acme, Id = id, Name = id, SecretHash = "00ff", CreatedAt = At, Rev = rev };
}
