using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.RateLimits;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;

namespace Caas.Tests.RateLimits;

public sealed class LocalRateLimitTests
{
    private static readonly Caller Alice = new() { Kind = CallerKind.User, Tenant = new("acme"), User = new("alice") };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_window_allows_its_limit_and_tells_what_is_left()
    {
        var clock = new FakeTimeProvider();
        var limiter = new LocalRateLimiter(clock);
        Assert.Equal(new RateLimitDecision(true, 2, 1, TimeSpan.FromMinutes(1)), await TakeAsync(limiter));
        clock.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(new RateLimitDecision(true, 2, 0, TimeSpan.FromSeconds(40)), await TakeAsync(limiter));
        Assert.Equal(new RateLimitDecision(false, 2, 0, TimeSpan.FromSeconds(40)), await TakeAsync(limiter));
        clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(new RateLimitDecision(true, 2, 1, TimeSpan.FromMinutes(1)), await TakeAsync(limiter));
    }

    [Fact]
    public async Task Many_at_once_do_not_get_more()
    {
        var limiter = new LocalRateLimiter(TimeProvider.System);
        var decisions = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var allowed = 0;
            for (var i = 0; i < 200; i++)
            {
                allowed += (await limiter.TakeAsync("acme/user:alice", 500, TimeSpan.FromHours(1), Cancelled)).Allowed ? 1 : 0;
            }

            return allowed;
        }, Cancelled)));
        Assert.Equal(500, decisions.Sum());
    }

    [Fact]
    public async Task Buckets_are_bounded()
    {
        var table = new BucketTable<object>(_ => false, capacity: 10);
        for (var i = 0; i < 100; i++)
        {
            table.Get($"{i}", () => new());
        }

        Assert.InRange(table.Count, 1, 10);
        var clock = new FakeTimeProvider();
        var limiter = new LocalRateLimiter(clock);
        await TakeAsync(limiter);
        clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(1, (await TakeAsync(limiter)).Remaining);
    }

    [Fact]
    public async Task Requests_are_counted_per_key_per_user_and_for_the_admin_by_the_platforms_defaults()
    {
        await using var platform = await WithTenantAsync();
        var policy = platform.Get<RateLimitPolicy>();
        var minute = TimeSpan.FromMinutes(1);
        Assert.Equal(new RequestLimit("acme/key:ck_test", 6_000, minute), await policy.ForRequestAsync(Backend(), Cancelled));
        Assert.Equal(new RequestLimit("acme/key:ck_test", 6_000, minute), await policy.ForRequestAsync(Backend() with { User = new("alice") }, Cancelled));
        Assert.Equal(new RequestLimit("acme/user:alice", 300, minute), await policy.ForRequestAsync(Alice, Cancelled));
        Assert.Equal(new RequestLimit("admin", 6_000, minute), await policy.ForRequestAsync(Admin, Cancelled));
        Assert.Equal(new TenantRateLimits(6_000, 300, 20, 10, 20), await policy.ForTenantAsync(new("acme"), Cancelled));
    }

    [Fact]
    public async Task A_tenants_own_limits_go_first_and_zero_is_off()
    {
        await using var one = await WithTenantAsync("acme", null, ("Caas:RateLimits:PerUserPerMinute", "50"), ("Caas:RateLimits:HubTypingPerSecond", "0"));
        var policy = one.Get<RateLimitPolicy>();
        Assert.Equal(50, (await policy.ForRequestAsync(Alice, Cancelled))!.Limit);
        await one.Tenants.PutSettingsAsync(Backend(), new() { RateLimits = new(PerKeyPerMinute: 0, PerUserPerMinute: 7) }, Cancelled);
        Assert.Null(await policy.ForRequestAsync(Backend(), Cancelled));
        Assert.Equal(7, (await policy.ForRequestAsync(Alice, Cancelled))!.Limit);
        Assert.Equal(new TenantRateLimits(0, 7, 20, 0, 20), await policy.ForTenantAsync(new("acme"), Cancelled));
    }

    [Fact]
    public async Task On_the_hub_a_burst_of_twice_the_rate_may_be_sent_and_then_the_rate()
    {
        await using var platform = await WithTenantAsync();
        var limiter = platform.Get<HubRateLimiter>();
        Assert.Equal(40, await AllowedAsync(limiter, HubAction.Message, 60));
        var refused = await limiter.TakeAsync(Alice, HubAction.Message, Cancelled);
        Assert.Equal((false, 40, 0, TimeSpan.FromMilliseconds(50)), (refused.Allowed, refused.Limit, refused.Remaining, refused.ResetAfter));
        platform.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(20, await AllowedAsync(limiter, HubAction.Message, 60));
        platform.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(40, await AllowedAsync(limiter, HubAction.Message, 60));
    }

    [Fact]
    public async Task On_the_hub_users_and_kinds_of_calls_are_counted_apart_and_zero_is_off()
    {
        await using var platform = await WithTenantAsync();
        var limiter = platform.Get<HubRateLimiter>();
        Assert.Equal(10, await AllowedAsync(limiter, HubAction.Typing, 30));
        Assert.Equal(20, await AllowedAsync(limiter, HubAction.Join, 30));
        Assert.Equal(10, await AllowedAsync(limiter, HubAction.Typing, 30, Alice with { User = new("bob") }));
        await platform.Tenants.PutSettingsAsync(Backend(), new() { RateLimits = new(HubTypingPerSecond: 0, HubJoinsPerSecond: 1) }, Cancelled);
        Assert.Equal(30, await AllowedAsync(limiter, HubAction.Typing, 30));
        platform.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await AllowedAsync(limiter, HubAction.Join, 30));
    }

    [Fact]
    public async Task Ten_times_a_minute_may_a_user_ring_others()
    {
        await using var platform = await WithTenantAsync();
        var limiter = platform.Get<HubRateLimiter>();
        Assert.Equal(10, await AllowedAsync(limiter, HubAction.Call, 32));
        Assert.Equal(TimeSpan.FromSeconds(6), (await limiter.TakeAsync(Alice, HubAction.Call, Cancelled)).ResetAfter);
        platform.Clock.Advance(TimeSpan.FromSeconds(12));
        Assert.Equal(2, await AllowedAsync(limiter, HubAction.Call, 32));
        Assert.Equal(10, await AllowedAsync(limiter, HubAction.Call, 32, Alice with { User = new("bob") }));
    }

    private static async Task<int> AllowedAsync(HubRateLimiter limiter, HubAction action, int tries, Caller? caller = null)
    {
        var allowed = 0;
        for (var i = 0; i < tries; i++)
        {
            allowed += (await limiter.TakeAsync(caller ?? Alice, action, Cancelled)).Allowed ? 1 : 0;
        }

        return allowed;
    }

    private static ValueTask<RateLimitDecision> TakeAsync(LocalRateLimiter limiter) => limiter.TakeAsync("acme/user:alice", 2, TimeSpan.FromMinutes(1), Cancelled);
}
