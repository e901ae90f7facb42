using System.Net;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class RateLimitTests(GatewayFixture gateway)
{
    [Fact]
    public async Task Each_answer_tells_how_many_requests_are_left()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        (await tenant.Backend.PutAsync("/v1/tenant/settings", new { rateLimits = new { perKeyPerMinute = 50, perUserPerMinute = 20 } })).Expect(HttpStatusCode.OK);
        var alice = await tenant.SignInAsync("alice");

        var first = (await alice.GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK);
        Assert.Equal(("20", "19"), (first.Header("RateLimit-Limit"), first.Header("RateLimit-Remaining")));
        Assert.InRange(int.Parse(first.Header("RateLimit-Reset")!, null), 1, 60);

        // Refusals count, and tell it too.
        var refused = (await alice.GetAsync("/v1/conversations/nothing")).ExpectProblem(HttpStatusCode.NotFound, "conversation_not_found");
        Assert.Equal("18", refused.Header("RateLimit-Remaining"));
        var forbidden = (await alice.GetAsync("/v1/tenant")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        Assert.Equal("17", forbidden.Header("RateLimit-Remaining"));
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_come_back_and_others_are_not_concerned()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        (await tenant.Backend.PutAsync("/v1/tenant/settings", new { rateLimits = new { perUserPerMinute = 3 } })).Expect(HttpStatusCode.OK);
        var (alice, bob) = (await tenant.SignInAsync("alice"), await tenant.SignInAsync("bob"));
        for (var i = 0; i < 3; i++)
        {
            (await alice.GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK);
        }

        var refused = (await alice.GetAsync("/v1/conversations")).ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.Equal(("3", "0"), (refused.Header("RateLimit-Limit"), refused.Header("RateLimit-Remaining")));
        var seconds = int.Parse(refused.Header("Retry-After")!, null);
        Assert.InRange(seconds, 1, 60);
        Assert.InRange(refused.Json.GetProperty("retryAfterMs").GetInt64(), ((seconds - 1) * 1000) + 1, seconds * 1000);
        (await bob.GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK);
        (await tenant.Backend.GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_backends_requests_count_by_its_key_whoever_it_acts_for()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var key = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "counted" })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        (await tenant.Backend.PutAsync("/v1/tenant/settings", new { rateLimits = new { perKeyPerMinute = 1000, perUserPerMinute = 2 } })).Expect(HttpStatusCode.OK);
        var counted = gateway.Anyone.With("X-Api-Key", key);
        Assert.Equal("999", (await counted.With("X-On-Behalf-Of", "alice").GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK).Header("RateLimit-Remaining"));
        Assert.Equal("998", (await counted.With("X-On-Behalf-Of", "bob").GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK).Header("RateLimit-Remaining"));
        Assert.Equal("997", (await counted.GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK).Header("RateLimit-Remaining"));
    }

    [Fact]
    public async Task A_ping_tells_it_to_whom_it_knows_and_answers_strangers_too()
    {
        var tenant = await gateway.CreateTenantAsync();
        Assert.Equal("100000", (await tenant.Backend.GetAsync("/v1/ping")).Expect(HttpStatusCode.OK).Header("RateLimit-Limit"));
        Assert.Null((await gateway.Anyone.GetAsync("/v1/ping")).Expect(HttpStatusCode.OK).Header("RateLimit-Limit"));
        (await gateway.Anyone.With("X-Api-Key", "wrong").GetAsync("/v1/ping")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task A_limit_of_zero_is_none()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        (await tenant.Backend.PutAsync("/v1/tenant/settings", new { rateLimits = new { perUserPerMinute = 0 } })).Expect(HttpStatusCode.OK);
        var alice = await tenant.SignInAsync("alice");
        Assert.Null((await alice.GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK).Header("RateLimit-Limit"));
    }
}
