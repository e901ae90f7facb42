using Caas.Contracts;
using Caas.Core.Tenants;
using Xunit;

namespace Caas.Tests.Tenants;

/// <summary>What <see cref="ITenantStore"/> promises. Adapters inherit it.</summary>
public abstract class TenantStoreContract
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract ITenantStore CreateStore();

    [Fact]
    public async Task A_tenant_comes_back_as_it_was_saved()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var tenant = Tenant("acme", 3) with
        {
            Name = "Acme \"größer\" 🚀",
            DeletedAt = At.AddDays(1),
            TokenSecret = new("acme/HS256/1", "v1:sealed", At.AddHours(1)),
            Blocklist = new(["bad", "schlecht"], ["(?i)a+"], BlocklistAction.Mask),
            BeforeSend = new("https://hook.example.com/", 250, BeforeSendFallback.Reject, At, new("k1:sealed", "purpose"), new("k1:old", "purpose"), At.AddDays(1)),
            TurnServers = new(["stun:stun.example.com"], ["turn:turn.example.com"], "v1:sealed", 600),
            Settings = new()
            {
                CorsOrigins = ["https://a.example", "*"],
                RateLimits = new(1, 2, 3, 4, 0),
                MaxTokenLifetimeSeconds = 600,
                EditWindowSeconds = 0,
            },
        };
        Assert.True(await one.SaveAsync(tenant, Cancelled));
        var found = await other.FindAsync(tenant.Id, Cancelled);
        Assert.NotNull(found);
        Assert.Equal(tenant.Settings.CorsOrigins, found.Settings.CorsOrigins);
        Assert.Equivalent(tenant.Blocklist, found.Blocklist, strict: true);
        Assert.Equivalent(tenant.TurnServers, found.TurnServers, strict: true);
        Assert.Equal(tenant with { Settings = found.Settings, Blocklist = found.Blocklist, TurnServers = found.TurnServers }, found);
        Assert.Equal(tenant.Settings with { CorsOrigins = found.Settings.CorsOrigins }, found.Settings);
    }

    [Fact]
    public async Task What_was_never_saved_is_not_found()
    {
        Assert.Null(await CreateStore().FindAsync(new("nobody"), Cancelled));
    }

    [Fact]
    public async Task Only_a_higher_rev_replaces()
    {
        var store = CreateStore();
        Assert.True(await store.SaveAsync(Tenant("acme", 2) with { Name = "two" }, Cancelled));
        Assert.False(await store.SaveAsync(Tenant("acme", 1) with { Name = "one" }, Cancelled));
        Assert.False(await store.SaveAsync(Tenant("acme", 2) with { Name = "other two" }, Cancelled));
        Assert.Equal("two", (await store.FindAsync(new("acme"), Cancelled))!.Name);
        Assert.True(await store.SaveAsync(Tenant("acme", 3) with { Name = "three" }, Cancelled));
        Assert.Equal("three", (await store.FindAsync(new("acme"), Cancelled))!.Name);
    }

    [Fact]
    public async Task Of_many_saves_at_once_the_highest_rev_stays()
    {
        var stores = new[] { CreateStore(), CreateStore() };
        await Task.WhenAll(Enumerable.Range(1, 40).Select(rev => stores[rev % 2].SaveAsync(Tenant("acme", rev) with { Name = $"rev {rev}" }, Cancelled)));
        Assert.Equal("rev 40", (await stores[0].FindAsync(new("acme"), Cancelled))!.Name);
    }

    [Fact]
    public async Task The_list_goes_by_id_in_pages_without_deleted_ones()
    {
        var store = CreateStore();
        foreach (var id in new[] { "b", "a-1", "a", "c", "z", "-" })
        {
            await store.SaveAsync(Tenant(id, 1) with { DeletedAt = id == "c" ? At : null }, Cancelled);
        }

        Assert.Equal(["-", "a", "a-1"], (await store.ListAsync(null, 3, Cancelled)).Select(tenant => tenant.Id.Value));
        Assert.Equal(["b", "z"], (await store.ListAsync(new("a-1"), 3, Cancelled)).Select(tenant => tenant.Id.Value));
        Assert.Empty(await store.ListAsync(new("z"), 3, Cancelled));
    }

    [Fact]
    public async Task A_saved_secret_can_be_taken_away_again()
    {
        var store = CreateStore();
        await store.SaveAsync(Tenant("acme", 1) with { TokenSecret = new("acme/HS256/1", "v1:sealed", At) }, Cancelled);
        await store.SaveAsync(Tenant("acme", 2), Cancelled);
        Assert.Null((await store.FindAsync(new("acme"), Cancelled))!.TokenSecret);
    }

    private static Tenant Tenant(string id, long rev) => new() { Id = new(id), Name = id, Settings = new TenantSettings(), CreatedAt = At, Rev = rev };
}
