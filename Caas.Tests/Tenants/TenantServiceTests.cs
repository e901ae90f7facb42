using System.Text.Json;
using Caas.Adapters.Sqlite;
using Caas.Contracts;
using Caas.Core.ApiKeys;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Refusals;
using Caas.Core.Tenants;
using Caas.Tests.Callers;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;

namespace Caas.Tests.Tenants;

public sealed class TenantServiceTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_new_tenant_can_be_read_by_the_admin_and_by_its_own_backend_only()
    {
        await using var platform = await WithTenantAsync();
        var made = await platform.Tenants.CreateAsync(Admin, new("Another", "another"), Cancelled);
        Assert.Equal(("another", "Another"), (made.Id, made.Name));
        Assert.Equal(made.CreatedAt, (await platform.Tenants.GetAsync(Admin, "another", Cancelled)).CreatedAt);
        Assert.Equal("Another", (await platform.Tenants.GetAsync(Backend("another"), "another", Cancelled)).Name);
        await RefusedAsync(() => platform.Tenants.GetAsync(Backend(), "another", Cancelled), Refusal.TenantNotFound);
        await RefusedAsync(() => platform.Tenants.GetAsync(Admin, "nobody", Cancelled), Refusal.TenantNotFound);
        await RefusedAsync(() => platform.Tenants.GetAsync(Admin, "NOT/AN ID", Cancelled), Refusal.TenantNotFound);
        await RefusedAsync(() => platform.Tenants.CreateAsync(Backend(), new("x"), Cancelled), Refusal.NotAllowed);
        await RefusedAsync(() => platform.Tenants.ListAsync(Backend(), null, null, Cancelled), Refusal.NotAllowed);
        await RefusedAsync(() => platform.Tenants.GetAsync(Backend("acme", Scopes.UsersRead), "acme", Cancelled), Refusal.InsufficientScope);
    }

    [Fact]
    public async Task An_id_that_is_or_was_in_use_is_taken()
    {
        await using var platform = await WithTenantAsync();
        var refused = await RefusedAsync(() => platform.Tenants.CreateAsync(Admin, new("Acme", "acme"), Cancelled), Refusal.IdTaken);
        Assert.Equal("acme", refused.ExistingId);
        await platform.Tenants.DeleteAsync(Admin, "acme", Cancelled);
        await RefusedAsync(() => platform.Tenants.CreateAsync(Admin, new("Acme", "acme"), Cancelled), Refusal.IdTaken);
        await RefusedAsync(() => platform.Tenants.DeleteAsync(Admin, "acme", Cancelled), Refusal.TenantNotFound);
    }

    [Fact]
    public async Task Of_many_who_want_an_id_at_once_one_gets_it()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        var tries = await Task.WhenAll(Enumerable.Range(0, 12).Select(async i =>
        {
            try
            {
                return await (i % 2 == 0 ? one : other).Tenants.CreateAsync(Admin, new($"Try {i}", "wanted"), Cancelled);
            }
            catch (RefusedException refused) when (refused.Refusal == Refusal.IdTaken)
            {
                return null;
            }
        }));
        var winner = Assert.Single(tries, made => made is not null)!;
        Assert.Equal(winner.Name, (await other.Tenants.GetAsync(Admin, "wanted", Cancelled)).Name);
    }

    [Fact]
    public async Task What_was_appended_before_a_crash_is_projected_afterwards()
    {
        await using var platform = await WithTenantAsync();
        await LoseProjectionAsync(platform, "tenants");
        await RefusedAsync(() => platform.Tenants.GetAsync(Admin, "acme", Cancelled), Refusal.TenantNotFound);
        await RefusedAsync(() => platform.Tenants.CreateAsync(Admin, new("Again", "acme"), Cancelled), Refusal.IdTaken);
        Assert.Equal("acme", (await platform.Tenants.GetAsync(Admin, "acme", Cancelled)).Name);
    }

    [Fact]
    public async Task All_projections_can_be_built_again_from_the_log()
    {
        await using var platform = await WithTenantAsync();
        var key = await platform.KeyAsync("acme", Scopes.UsersRead);
        await platform.Keys.RotateAsync(Admin, key.Split('.')[0], new(), Cancelled);
        var revoked = await platform.KeyAsync();
        await platform.Keys.RevokeAsync(Admin, revoked.Split('.')[0], Cancelled);
        await platform.Tenants.UpdateAsync(Admin, "acme", new() { Name = "New name" }, Cancelled);
        await platform.Tenants.CreateTokenSecretAsync(Backend(), Cancelled);
        var (tenants, keys) = (platform.Get<ITenantStore>(), platform.Get<IApiKeyStore>());
        var before = (Json(await tenants.FindAsync(new("acme"), Cancelled)), Json(await keys.ListAsync(new("acme"), null, 10, Cancelled)));

        await LoseProjectionAsync(platform, "tenants", "api_keys");
        await platform.Get<TenantProjection>().RepairAsync(LogId.OfTenant(new("acme")), [], Cancelled);

        Assert.Equal(before, (Json(await tenants.FindAsync(new("acme"), Cancelled)), Json(await keys.ListAsync(new("acme"), null, 10, Cancelled))));
    }

    [Fact]
    public async Task No_entry_holds_a_secret_in_clear()
    {
        await using var platform = await WithTenantAsync();
        var key = await platform.KeyAsync();
        var rotated = (await platform.Keys.RotateAsync(Admin, key.Split('.')[0], new(), Cancelled)).Key;
        var secret = (await platform.Tenants.CreateTokenSecretAsync(Backend(), Cancelled)).Secret;
        var entries = await platform.Get<IEntryStore>().ReadAfterAsync(LogId.OfTenant(new("acme")), 0, 100, Cancelled);
        var log = string.Join('\n', entries.Select(entry => entry.Data?.GetRawText()));
        Assert.Contains(SystemEntryTypes.TokenSecretCreated, entries.Select(entry => entry.Type));
        Assert.DoesNotContain(key.Split('.')[1], log, StringComparison.Ordinal);
        Assert.DoesNotContain(rotated.Split('.')[1], log, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
        Assert.DoesNotContain(System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.ASCII.GetBytes(secret)), log, StringComparison.Ordinal);
        Assert.DoesNotContain("plain:", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_changes_at_once_do_not_undo_each_other()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        await Task.WhenAll(
            one.Tenants.UpdateAsync(Admin, "acme", new() { Name = "Renamed" }, Cancelled),
            other.Tenants.UpdateAsync(Backend(), "acme", new() { Settings = new TenantSettings { EditWindowSeconds = 60 } }, Cancelled));
        var tenant = await one.Tenants.GetAsync(Admin, "acme", Cancelled);
        Assert.Equal(("Renamed", 60), (tenant.Name, tenant.Settings.EditWindowSeconds));
    }

    [Fact]
    public async Task A_patch_changes_what_it_names_and_null_settings_are_the_defaults()
    {
        await using var platform = await WithTenantAsync();
        var changed = await platform.Tenants.UpdateAsync(Backend(), "acme", new() { Settings = new TenantSettings { MaxTokenLifetimeSeconds = 120 } }, Cancelled);
        Assert.Equal(("acme", 120), (changed.Name, changed.Settings.MaxTokenLifetimeSeconds));
        Assert.Equal(120, (await platform.Tenants.UpdateAsync(Backend(), "acme", new(), Cancelled)).Settings.MaxTokenLifetimeSeconds);
        Assert.Null((await platform.Tenants.UpdateAsync(Backend(), "acme", new() { Settings = null }, Cancelled)).Settings.MaxTokenLifetimeSeconds);
        await RefusedAsync(() => platform.Tenants.UpdateAsync(Backend(), "acme", new() { Name = null }, Cancelled), Refusal.ValidationFailed);
        await RefusedAsync(() => platform.Tenants.UpdateAsync(Backend("other"), "acme", new() { Name = "x" }, Cancelled), Refusal.TenantNotFound);
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_settings_is_told_at_once()
    {
        await using var platform = await WithTenantAsync();
        var wrong = new TenantSettings { CorsOrigins = ["https://a.example/path", "ftp://b", ""], RateLimits = new(-1, null, 2_000_000), MaxTokenLifetimeSeconds = 59, EditWindowSeconds = -1 };
        var refused = await RefusedAsync(() => platform.Tenants.PutSettingsAsync(Backend(), wrong, Cancelled), Refusal.ValidationFailed);
        Assert.Equal(
            ["corsOrigins", "editWindowSeconds", "maxTokenLifetimeSeconds", "rateLimits.hubMessagesPerSecond", "rateLimits.perKeyPerMinute"],
            refused.Errors!.Keys.Order(StringComparer.Ordinal));
        var right = new TenantSettings { CorsOrigins = ["*", "https://app.example.com", "http://localhost:5173"], MaxTokenLifetimeSeconds = 604_800 };
        Assert.Equal(3, (await platform.Tenants.PutSettingsAsync(Backend(), right, Cancelled)).CorsOrigins.Count);
        await RefusedAsync(() => platform.Tenants.PutSettingsAsync(Admin, right, Cancelled), Refusal.NotAllowed);
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("  ", null)]
    [InlineData("bell\u0007", null)]
    [InlineData("fine", "UPPER")]
    [InlineData("fine", "with/slash")]
    [InlineData("fine", "")]
    [InlineData("fine", "0123456789012345678901234567890123456789x")]
    public async Task A_tenant_with_a_wrong_name_or_id_is_refused(string name, string? id)
    {
        await using var platform = new IdentityPlatform();
        await RefusedAsync(() => platform.Tenants.CreateAsync(Admin, new(name, id), Cancelled), Refusal.ValidationFailed);
    }

    [Fact]
    public async Task The_list_is_paged_and_a_forged_cursor_is_refused()
    {
        await using var platform = await WithTenantAsync("t3");
        foreach (var id in new[] { "t1", "t5", "t2", "t4" })
        {
            await platform.Tenants.CreateAsync(Admin, new(id, id), Cancelled);
        }

        await platform.Tenants.DeleteAsync(Admin, "t4", Cancelled);
        var first = await platform.Tenants.ListAsync(Admin, 3, null, Cancelled);
        Assert.Equal(["t1", "t2", "t3"], first.Items.Select(tenant => tenant.Id));
        var second = await platform.Tenants.ListAsync(Admin, 3, first.Next, Cancelled);
        Assert.Equal(["t5"], second.Items.Select(tenant => tenant.Id));
        Assert.Null(second.Next);
        await RefusedAsync(() => platform.Tenants.ListAsync(Admin, 3, "forged", Cancelled), Refusal.InvalidCursor);
        await RefusedAsync(() => platform.Tenants.ListAsync(Admin, 0, null, Cancelled), Refusal.ValidationFailed);
    }

    [Fact]
    public async Task A_deleted_tenants_keys_and_tokens_work_nowhere_after_five_seconds()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        var (key, token) = (await one.KeyAsync(), (await one.TokenAsync()).Token);
        await other.KeyCallerAsync(key);
        await other.CallerAsync(token);
        var told = new List<RevocationEvent>();
        other.Revocations.Revoked += revocation => told.Add(new(revocation.Kind.ToString(), revocation.Tenant));

        await one.Tenants.DeleteAsync(Admin, "acme", Cancelled);
        await RefusedAsync(() => one.KeyCallerAsync(key), Refusal.Unauthenticated);
        await one.PassFiveSecondsAsync(other);

        await RefusedAsync(() => other.KeyCallerAsync(key), Refusal.Unauthenticated);
        await Assert.ThrowsAsync<RefusedException>(() => other.CallerAsync(token));
        Assert.Equal([new("TenantDeleted", new TenantId("acme"))], told);
        await RefusedAsync(() => one.Keys.CreateAsync(Admin, "acme", new("x"), Cancelled), Refusal.TenantNotFound);
        await RefusedAsync(() => one.Tenants.GetAsync(Admin, "acme", Cancelled), Refusal.TenantNotFound);
    }

    [Fact]
    public async Task Usage_counts_users_and_active_keys()
    {
        await using var platform = await WithTenantAsync();
        await platform.KeyAsync();
        await platform.Keys.RevokeAsync(Admin, (await platform.KeyAsync()).Split('.')[0], Cancelled);
        await platform.Users.DeactivateAsync(Backend(), "bob", Cancelled);
        Assert.True(await platform.Tenants.GetUsageAsync(Backend(), Cancelled) is { Users: 1, ActiveApiKeys: 1, Conversations: 0, Messages: 0, MonthlyMessages: 0, Quotas: null });
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value);

    private static Task LoseProjectionAsync(IdentityPlatform platform, params string[] tables) =>
        platform.Get<SqliteDatabase>().WriteAsync(connection =>
        {
            foreach (var table in tables)
            {
                using var delete = connection.CreateCommand();
#pragma warning disable CA2100 // The names are the test's own.
                delete.CommandText = $"DELETE FROM {table}";
#pragma warning restore CA2100
                delete.Transaction = null;
                delete.ExecuteNonQuery();
            }
        }, Cancelled);

    private sealed record RevocationEvent(string Kind, TenantId Tenant);
}
