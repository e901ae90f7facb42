using System.Net;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class TokenTests(GatewayFixture gateway)
{
    [Fact]
    public async Task A_token_is_issued_used_refreshed_and_logged_out()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var issued = (await tenant.Backend.PostAsync("/v1/users/alice/tokens", new { expiresInSeconds = 600 })).Expect(HttpStatusCode.Created);
        Assert.Equal("alice", issued["userId"].GetString());
        (await As(issued).GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK);

        var refreshed = (await gateway.Anyone.PostAsync("/v1/tokens/refresh", new { refreshToken = issued["refreshToken"].GetString() })).Expect(HttpStatusCode.OK);
        (await As(refreshed).GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK);
        (await As(refreshed).PostAsync("/v1/logout")).Expect(HttpStatusCode.NoContent);
        (await As(refreshed).GetAsync("/v1/conversations")).ExpectProblem(HttpStatusCode.Unauthorized, "token_revoked");
    }

    [Fact]
    public async Task A_refresh_token_that_is_used_twice_ends_its_family()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var issued = (await tenant.Backend.PostAsync("/v1/users/alice/tokens")).Expect(HttpStatusCode.Created);
        var refreshed = (await gateway.Anyone.PostAsync("/v1/tokens/refresh", new { refreshToken = issued["refreshToken"].GetString() })).Expect(HttpStatusCode.OK);
        (await gateway.Anyone.PostAsync("/v1/tokens/refresh", new { refreshToken = issued["refreshToken"].GetString() })).ExpectProblem(HttpStatusCode.Unauthorized, "token_revoked");
        (await gateway.Anyone.PostAsync("/v1/tokens/refresh", new { refreshToken = refreshed["refreshToken"].GetString() })).ExpectProblem(HttpStatusCode.Unauthorized, "token_revoked");
    }

    [Theory]
    [InlineData("{\"refreshToken\":\"nonsense\"}", HttpStatusCode.Unauthorized, "unauthenticated")]
    [InlineData("{\"refreshToken\":\"\"}", HttpStatusCode.Unauthorized, "unauthenticated")]
    [InlineData("{}", HttpStatusCode.BadRequest, "validation_failed")]
    public async Task A_refresh_token_that_nobody_was_given_is_refused(string body, HttpStatusCode status, string code) =>
        (await gateway.Anyone.PostAsync("/v1/tokens/refresh", body)).ExpectProblem(status, code);

    [Fact]
    public async Task Tokens_are_revoked_one_or_all()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var one = (await tenant.Backend.PostAsync("/v1/users/alice/tokens")).Expect(HttpStatusCode.Created);
        var other = (await tenant.Backend.PostAsync("/v1/users/alice/tokens")).Expect(HttpStatusCode.Created);
        (await tenant.Backend.PostAsync("/v1/tokens/revoke", new { token = one["token"].GetString() })).Expect(HttpStatusCode.NoContent);
        var refused = (await As(one).GetAsync("/v1/conversations")).ExpectProblem(HttpStatusCode.Unauthorized, "token_revoked");
        Assert.Contains("invalid_token", refused.Header("WWW-Authenticate"), StringComparison.Ordinal);
        (await As(other).GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PostAsync("/v1/tokens/revoke", new { userId = "alice" })).Expect(HttpStatusCode.NoContent);
        (await As(other).GetAsync("/v1/conversations")).ExpectProblem(HttpStatusCode.Unauthorized, "token_revoked");
    }

    [Fact]
    public async Task A_batch_gives_tokens_in_its_order_or_none()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var batch = (await tenant.Backend.PostAsync("/v1/tokens/batch", new { userIds = new[] { "bob", "alice" } })).Expect(HttpStatusCode.Created);
        Assert.Equal(["bob", "alice"], batch.Items.Select(token => token.GetProperty("userId").GetString()));
        (await tenant.Backend.PostAsync("/v1/tokens/batch", new { userIds = new[] { "bob", "nobody" } })).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await tenant.Backend.PostAsync("/v1/users/nobody/tokens")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
    }

    [Theory]
    [InlineData("{\"expiresInSeconds\":59}")]
    [InlineData("{\"expiresInSeconds\":1000000000}")]
    [InlineData("{\"expiresInSeconds\":\"3600\"}")]
    public async Task A_wrong_lifetime_is_told(string body)
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        (await tenant.Backend.PostAsync("/v1/users/alice/tokens", body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "expiresInSeconds");
    }

    [Fact]
    public async Task A_tenants_own_secret_is_made_and_deleted()
    {
        var tenant = await gateway.CreateTenantAsync();
        var secret = (await tenant.Backend.PostAsync("/v1/tenant/token-secret")).Expect(HttpStatusCode.Created);
        Assert.StartsWith($"{tenant.Id}/HS256/", secret["kid"].GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(secret["secret"].GetString()!);
        (await tenant.Backend.DeleteAsync("/v1/tenant/token-secret")).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task A_deactivated_users_token_stops()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var alice = await tenant.SignInAsync("alice");
        (await alice.GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK);
        (await tenant.Backend.DeleteAsync("/v1/users/alice")).Expect(HttpStatusCode.NoContent);
        (await alice.GetAsync("/v1/conversations")).Expect(HttpStatusCode.Unauthorized);
    }

    private Api As(Answer issued) => gateway.Anyone.With("Authorization", $"Bearer {issued["token"].GetString()}");
}
