using Caas.Contracts;
using Caas.Core.ApiKeys;
using Caas.Core.Callers;
using Caas.Core.Refusals;
using Caas.Tests.Callers;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;

namespace Caas.Tests.ApiKeys;

public sealed class ApiKeyServiceTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_key_names_its_tenant_and_scopes()
    {
        await using var platform = await WithTenantAsync();
        var made = await platform.Keys.CreateAsync(Admin, "acme", new("Backend", ["users:write", "messages:read", "users:write"]), Cancelled);
        var caller = await platform.KeyCallerAsync(made.Key);
        Assert.Equal((CallerKind.Backend, "acme", made.Id, null), (caller.Kind, caller.Tenant.Value, caller.KeyId, caller.User));
        Assert.Equal(["messages:read", "users:write"], caller.Scopes);
        Assert.True(caller.HasScope(Scopes.UsersRead));
        Assert.False(caller.HasScope(Scopes.MessagesWrite));
        Assert.StartsWith($"{made.Id}.", made.Key, StringComparison.Ordinal);
        Assert.Equal(43, made.Key.Split('.')[1].Length);
        var listed = Assert.Single((await platform.Keys.ListAsync(Backend(), "acme", null, null, Cancelled)).Items);
        Assert.Equal(("Backend", made.CreatedAt, (DateTimeOffset?)null), (listed.Name, listed.CreatedAt, listed.RevokedAt));
    }

    [Fact]
    public async Task What_is_not_a_key_is_refused()
    {
        await using var platform = await WithTenantAsync();
        var key = await platform.KeyAsync();
        var id = key.Split('.')[0];
        foreach (var wrong in new[] { "", ".", "x", "x.y", id, $"{id}.", $"{id}.wrong", $".{key}", $"{key}x", key[..^1], $"{key}.{key}", new string('x', 100_000), key.ToUpperInvariant() })
        {
            await RefusedAsync(() => platform.KeyCallerAsync(wrong), Refusal.Unauthenticated);
        }
    }

    [Fact]
    public async Task Unknown_scopes_past_expiry_and_wrong_addresses_are_all_told()
    {
        await using var platform = await WithTenantAsync();
        var request = new CreateApiKeyRequest("", ["users:write", "users:delete", "everything"], platform.Clock.GetUtcNow(), ["10.0.0.0/8", "300.1.1.1", "10.0.0.0/33"]);
        var refused = await RefusedAsync(() => platform.Keys.CreateAsync(Admin, "acme", request, Cancelled), Refusal.ValidationFailed);
        Assert.Equal(["allowedIps", "expiresAt", "name", "scopes"], refused.Errors!.Keys.Order());
        Assert.Equal((2, 2), (refused.Errors["scopes"].Length, refused.Errors["allowedIps"].Length));
    }

    [Fact]
    public async Task A_key_cannot_make_or_take_over_one_that_may_do_more()
    {
        await using var platform = await WithTenantAsync();
        var few = Backend("acme", Scopes.KeysWrite, Scopes.UsersWrite);
        await platform.Keys.CreateAsync(few, "acme", new("ok", [Scopes.UsersRead, Scopes.KeysRead]), Cancelled);
        await RefusedAsync(() => platform.Keys.CreateAsync(few, "acme", new("more", [Scopes.MessagesRead]), Cancelled), Refusal.InsufficientScope);
        await RefusedAsync(() => platform.Keys.CreateAsync(few, "acme", new("all"), Cancelled), Refusal.InsufficientScope);
        await RefusedAsync(() => platform.Keys.CreateAsync(Backend("acme", Scopes.KeysRead), "acme", new("x", [Scopes.KeysRead]), Cancelled), Refusal.InsufficientScope);
        var mighty = (await platform.KeyAsync()).Split('.')[0];
        await RefusedAsync(() => platform.Keys.RotateAsync(few, mighty, new(), Cancelled), Refusal.InsufficientScope);
        await platform.Keys.RotateAsync(Backend(), mighty, new(), Cancelled);
    }

    [Fact]
    public async Task Another_tenants_keys_are_not_found()
    {
        await using var platform = await WithTenantAsync();
        await platform.AddTenantAsync("other");
        var theirs = (await platform.KeyAsync("other")).Split('.')[0];
        await RefusedAsync(() => platform.Keys.RotateAsync(Backend(), theirs, new(), Cancelled), Refusal.ApiKeyNotFound);
        await RefusedAsync(() => platform.Keys.RevokeAsync(Backend(), theirs, Cancelled), Refusal.ApiKeyNotFound);
        await RefusedAsync(() => platform.Keys.RevokeAsync(Backend(), "nobody", Cancelled), Refusal.ApiKeyNotFound);
        await RefusedAsync(() => platform.Keys.CreateAsync(Backend(), "other", new("x"), Cancelled), Refusal.TenantNotFound);
        await RefusedAsync(() => platform.Keys.ListAsync(Backend(), "other", null, null, Cancelled), Refusal.TenantNotFound);
        await RefusedAsync(() => platform.Keys.CreateAsync(Admin, "nobody", new("x"), Cancelled), Refusal.TenantNotFound);
        Assert.Empty((await platform.Keys.ListAsync(Backend(), "acme", null, null, Cancelled)).Items);
    }

    [Fact]
    public async Task A_rotation_says_until_when_the_old_secret_works_and_can_end_it_now()
    {
        await using var platform = await WithTenantAsync();
        var first = await platform.KeyAsync();
        var id = first.Split('.')[0];
        var now = platform.Clock.GetUtcNow();
        Assert.Equal(now + TimeSpan.FromHours(24), (await platform.Keys.RotateAsync(Backend(), id, new(), Cancelled)).PreviousValidUntil);
        var second = await platform.Keys.RotateAsync(Backend(), id, new(60), Cancelled);
        Assert.Equal(now + TimeSpan.FromSeconds(60), second.PreviousValidUntil);
        Assert.Equal(now + TimeSpan.FromSeconds(60), Assert.Single((await platform.Keys.ListAsync(Backend(), "acme", null, null, Cancelled)).Items).PreviousValidUntil);
        var third = await platform.Keys.RotateAsync(Backend(), id, new(0), Cancelled);
        Assert.Null(third.PreviousValidUntil);
        await RefusedAsync(() => platform.KeyCallerAsync(second.Key), Refusal.Unauthenticated);
        await platform.KeyCallerAsync(third.Key);
        await RefusedAsync(() => platform.Keys.RotateAsync(Backend(), id, new(-1), Cancelled), Refusal.ValidationFailed);
        await RefusedAsync(() => platform.Keys.RotateAsync(Backend(), id, new(86_401), Cancelled), Refusal.ValidationFailed);
    }

    [Fact]
    public async Task A_rotated_key_works_with_both_secrets_for_a_day()
    {
        await using var platform = await WithTenantAsync();
        var first = await platform.KeyAsync();
        var second = (await platform.Keys.RotateAsync(Backend(), first.Split('.')[0], new(), Cancelled)).Key;
        Assert.Equal(first.Split('.')[0], second.Split('.')[0]);
        Assert.NotEqual(first, second);
        platform.Clock.Advance(TimeSpan.FromHours(23));
        await platform.KeyCallerAsync(first);
        await platform.KeyCallerAsync(second);
        platform.Clock.Advance(TimeSpan.FromHours(1));
        await RefusedAsync(() => platform.KeyCallerAsync(first), Refusal.Unauthenticated);
        await platform.KeyCallerAsync(second);
    }

    [Fact]
    public async Task Two_secrets_are_the_most()
    {
        await using var platform = await WithTenantAsync();
        var first = await platform.KeyAsync();
        var id = first.Split('.')[0];
        var second = (await platform.Keys.RotateAsync(Backend(), id, new(), Cancelled)).Key;
        var third = (await platform.Keys.RotateAsync(Backend(), id, new(), Cancelled)).Key;
        await RefusedAsync(() => platform.KeyCallerAsync(first), Refusal.Unauthenticated);
        await platform.KeyCallerAsync(second);
        await platform.KeyCallerAsync(third);
    }

    [Fact]
    public async Task A_revoked_key_works_nowhere_after_five_seconds()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        var key = await one.KeyAsync();
        await other.KeyCallerAsync(key);
        await one.Keys.RevokeAsync(Backend(), key.Split('.')[0], Cancelled);
        await one.Keys.RevokeAsync(Backend(), key.Split('.')[0], Cancelled);
        await RefusedAsync(() => one.KeyCallerAsync(key), Refusal.Unauthenticated);
        await one.PassFiveSecondsAsync(other);
        await RefusedAsync(() => other.KeyCallerAsync(key), Refusal.Unauthenticated);
        await RefusedAsync(() => one.Keys.RotateAsync(Backend(), key.Split('.')[0], new(), Cancelled), Refusal.ApiKeyNotFound);
        Assert.NotNull(Assert.Single((await one.Keys.ListAsync(Admin, "acme", null, null, Cancelled)).Items).RevokedAt);
    }

    [Fact]
    public async Task A_key_ends_when_it_expires()
    {
        await using var platform = await WithTenantAsync();
        var key = (await platform.Keys.CreateAsync(Admin, "acme", new("x", ExpiresAt: platform.Clock.GetUtcNow().AddMinutes(10)), Cancelled)).Key;
        await platform.KeyCallerAsync(key);
        platform.Clock.Advance(TimeSpan.FromMinutes(10));
        await RefusedAsync(() => platform.KeyCallerAsync(key), Refusal.Unauthenticated);
    }

    [Fact]
    public async Task A_key_with_addresses_works_from_there_only()
    {
        await using var platform = await WithTenantAsync();
        var key = (await platform.Keys.CreateAsync(Admin, "acme", new("x", AllowedIps: ["192.0.2.0/24"]), Cancelled)).Key;
        await platform.KeyCallerAsync(key, from: "192.0.2.77");
        await platform.KeyCallerAsync(key, from: "::ffff:192.0.2.77");
        await RefusedAsync(() => platform.KeyCallerAsync(key, from: "192.0.3.1"), Refusal.NotAllowed);
        await RefusedAsync(() => platform.Authenticator.AuthenticateApiKeyAsync(key, null, null, Cancelled), Refusal.NotAllowed);
    }

    [Fact]
    public async Task A_backend_may_call_on_behalf_of_an_active_user_of_its_tenant()
    {
        await using var platform = await WithTenantAsync();
        await platform.AddTenantAsync("other", "carol");
        await platform.Users.UpsertAsync(Backend(), "boss", new("Boss", Role: "admin"), Cancelled);
        var key = await platform.KeyAsync();
        var caller = await platform.KeyCallerAsync(key, "alice");
        Assert.Equal(("alice", CallerKind.Backend, false), (caller.User!.Value.Value, caller.Kind, caller.IsTenantAdmin));
        Assert.True((await platform.KeyCallerAsync(key, "boss")).IsTenantAdmin);
        await RefusedAsync(() => platform.KeyCallerAsync(key, "carol"), Refusal.UserNotFound);
        await RefusedAsync(() => platform.KeyCallerAsync(key, "not/an id"), Refusal.ValidationFailed);
        await platform.Users.DeactivateAsync(Backend(), "alice", Cancelled);
        await RefusedAsync(() => platform.KeyCallerAsync(key, "alice"), Refusal.UserNotFound);
    }

    [Fact]
    public async Task The_last_use_is_noted_beside_the_call_and_at_most_once_a_minute()
    {
        await using var platform = await WithTenantAsync();
        var key = await platform.KeyAsync();
        var usage = platform.Get<ApiKeyUsage>();
        await usage.StartAsync(Cancelled);
        var first = platform.Clock.GetUtcNow();
        await platform.KeyCallerAsync(key);
        await Eventually.HoldsAsync(async () => await LastUsedAsync(platform, key) == first ? null : "not noted", Cancelled);
        platform.Clock.Advance(TimeSpan.FromSeconds(59));
        await platform.KeyCallerAsync(key);
        platform.Clock.Advance(TimeSpan.FromSeconds(1));
        await platform.KeyCallerAsync(key);
        await Eventually.HoldsAsync(async () => await LastUsedAsync(platform, key) == first.AddSeconds(60) ? null : "not noted again", Cancelled);
        await usage.StopAsync(Cancelled);
    }

    [Fact]
    public async Task The_admin_key_is_the_admin_and_nothing_else_is()
    {
        await using var platform = new IdentityPlatform();
        Assert.Equal(CallerKind.Admin, platform.Authenticator.TryAdmin(AdminKey)!.Kind);
        Assert.Null(platform.Authenticator.TryAdmin(AdminKey + "x"));
        Assert.Null(platform.Authenticator.TryAdmin(""));
        await using var without = new IdentityPlatform(null, null, ("Caas:AdminKey", ""));
        Assert.Null(without.Authenticator.TryAdmin(""));
        Assert.Null(without.Authenticator.TryAdmin(AdminKey));
    }

    private static async Task<DateTimeOffset?> LastUsedAsync(IdentityPlatform platform, string key) => (await platform.Get<IApiKeyStore>().FindAsync(key.Split('.')[0], Cancelled))!.LastUsedAt;
}
