using System.Net;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class CorsTests(GatewayFixture gateway)
{

    [Fact]
    public async Task A_tenants_origin_may_ask_and_read()
    {
        var (tenant, origin) = await WithOriginAsync();
        var preflight = await UntilAllowedAsync(origin, "/v1/conversations");
        Assert.Equal(HttpStatusCode.NoContent, preflight.Status);
        Assert.Equal(origin, preflight.Header("Access-Control-Allow-Origin"));
        Assert.Contains("PATCH", preflight.Header("Access-Control-Allow-Methods"), StringComparison.Ordinal);
        Assert.Contains("Authorization", preflight.Header("Access-Control-Allow-Headers"), StringComparison.Ordinal);
        Assert.Contains("Origin", preflight.Header("Vary"), StringComparison.Ordinal);

        var answer = (await tenant.Backend.GetAsync("/v1/conversations", ("Origin", origin))).Expect(HttpStatusCode.OK);
        Assert.Equal(origin, answer.Header("Access-Control-Allow-Origin"));
        Assert.Contains("Origin", answer.Header("Vary"), StringComparison.Ordinal);
        Assert.Contains("RateLimit-Remaining", answer.Header("Access-Control-Expose-Headers"), StringComparison.Ordinal);

        var refused = (await tenant.Backend.GetAsync("/v1/conversations/nothing", ("Origin", origin))).ExpectProblem(HttpStatusCode.NotFound, "conversation_not_found");
        Assert.Equal(origin, refused.Header("Access-Control-Allow-Origin"));
        Assert.Equal(origin, (await gateway.Anyone.GetAsync("/v1/conversations", ("Origin", origin))).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated").Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task Another_tenants_answers_cannot_be_read_from_there()
    {
        var (_, origin) = await WithOriginAsync();
        await UntilAllowedAsync(origin, "/v1/conversations");
        var other = await gateway.CreateTenantAsync();
        var answer = (await other.Backend.GetAsync("/v1/conversations", ("Origin", origin))).Expect(HttpStatusCode.OK);
        Assert.Null(answer.Header("Access-Control-Allow-Origin"));
        Assert.Null((await gateway.Admin.GetAsync("/v1/tenants", ("Origin", origin))).Expect(HttpStatusCode.OK).Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task An_origin_that_nobody_allows_gets_no_permission()
    {
        var answer = await PreflightAsync("https://nobody.example.com", "/v1/conversations");
        Assert.Equal(HttpStatusCode.NoContent, answer.Status);
        Assert.Null(answer.Header("Access-Control-Allow-Origin"));
        Assert.Null(answer.Header("Access-Control-Allow-Methods"));
        Assert.Null((await gateway.Anyone.GetAsync("/v1/ping", ("Origin", "https://nobody.example.com"))).Header("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task A_star_allows_any_origin_for_its_tenant()
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.GetAsync("/v1/tenant", ("Origin", "https://a.example.com"))).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PutAsync("/v1/tenant/settings", new { corsOrigins = new[] { "*" } })).Expect(HttpStatusCode.OK);
        Assert.Equal("https://a.example.com", (await tenant.Backend.GetAsync("/v1/tenant", ("Origin", "https://a.example.com"))).Expect(HttpStatusCode.OK).Header("Access-Control-Allow-Origin"));
        // The other tests of this class need a world without it.
        (await tenant.Backend.PutAsync("/v1/tenant/settings", new { corsOrigins = Array.Empty<string>() })).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Negotiate_may_be_asked_with_credentials_as_browsers_clients_do()
    {
        var (_, origin) = await WithOriginAsync();
        Assert.Equal("true", (await UntilAllowedAsync(origin, "/realtime/negotiate")).Header("Access-Control-Allow-Credentials"));
        Assert.Null((await PreflightAsync(origin, "/v1/conversations")).Header("Access-Control-Allow-Credentials"));
    }

    private async Task<(TestTenant Tenant, string Origin)> WithOriginAsync()
    {
        var tenant = await gateway.CreateTenantAsync();
        var origin = $"https://{tenant.Id}.example.com";
        (await tenant.Backend.PutAsync("/v1/tenant/settings", new { corsOrigins = new[] { origin } })).Expect(HttpStatusCode.OK);
        return (tenant, origin);
    }

    private Task<Answer> PreflightAsync(string origin, string path) =>
        gateway.Anyone.SendAsync(HttpMethod.Options, path, (HttpContent?)null, ("Origin", origin), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization"));

    // The origins of all tenants are read every few seconds.
    private async Task<Answer> UntilAllowedAsync(string origin, string path)
    {
        Answer? answer = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                answer = await PreflightAsync(origin, path);
                return answer.Header("Access-Control-Allow-Origin") is null ? $"{origin} is not allowed" : null;
            },
            TestContext.Current.CancellationToken);
        return answer!;
    }
}
