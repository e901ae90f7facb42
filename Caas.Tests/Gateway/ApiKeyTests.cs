using System.Net;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class ApiKeyTests(GatewayFixture gateway)
{
    [Fact]
    public async Task A_rotation_can_end_the_secret_before_at_once()
    {
        var tenant = await gateway.CreateTenantAsync();
        var made = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "leaked" })).Expect(HttpStatusCode.Created);
        var leaked = gateway.Anyone.With("X-Api-Key", made["key"].GetString()!);
        (await leaked.GetAsync("/v1/tenant")).Expect(HttpStatusCode.OK);
        var rotated = (await tenant.Backend.PostAsync($"/v1/api-keys/{made.Id}/rotate", new { graceSeconds = 0 })).Expect(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, rotated["previousValidUntil"].ValueKind);
        (await leaked.GetAsync("/v1/tenant")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await gateway.Anyone.With("X-Api-Key", rotated["key"].GetString()!).GetAsync("/v1/tenant")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_key_is_made_listed_rotated_and_revoked()
    {
        var tenant = await gateway.CreateTenantAsync();
        var made = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "worker", scopes = new[] { "users:read", "tenant:read" } })).Expect(HttpStatusCode.Created);
        Assert.Equal($"/v1/api-keys/{made.Id}", made.Header("Location"));
        var first = gateway.Anyone.With("X-Api-Key", made["key"].GetString()!);
        (await first.GetAsync("/v1/tenant")).Expect(HttpStatusCode.OK);

        var rotated = (await tenant.Backend.PostAsync($"/v1/api-keys/{made.Id}/rotate")).Expect(HttpStatusCode.OK);
        Assert.Equal(made.Id, rotated.Id);
        Assert.NotEqual(made["key"].GetString(), rotated["key"].GetString());
        Assert.True(rotated["previousValidUntil"].GetDateTimeOffset() > TimeProvider.System.GetUtcNow().AddHours(23));
        (await gateway.Anyone.With("X-Api-Key", rotated["key"].GetString()!).GetAsync("/v1/tenant")).Expect(HttpStatusCode.OK);
        (await first.GetAsync("/v1/tenant")).Expect(HttpStatusCode.OK);

        (await tenant.Backend.DeleteAsync($"/v1/api-keys/{made.Id}")).Expect(HttpStatusCode.NoContent);
        (await first.GetAsync("/v1/tenant")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        var listed = (await tenant.Backend.GetAsync("/v1/api-keys")).Expect(HttpStatusCode.OK).Items;
        Assert.Equal(2, listed.Count);
        Assert.All(listed, key => Assert.False(key.TryGetProperty("key", out _)));
    }

    [Theory]
    [InlineData("{\"name\":\"k\",\"scopes\":[\"everything\"]}", "scopes")]
    [InlineData("{\"name\":\"k\",\"allowedIps\":[\"300.1.1.1\"]}", "allowedIps")]
    [InlineData("{\"name\":\"k\",\"expiresAt\":\"2001-01-01T00:00:00Z\"}", "expiresAt")]
    [InlineData("{\"name\":\"k\",\"expiresAt\":\"tomorrow\"}", "expiresAt")]
    [InlineData("{\"name\":\"\"}", "name")]
    [InlineData("{}", "name")]
    public async Task A_wrong_key_is_told(string body, string field)
    {
        var tenant = await gateway.CreateTenantAsync();
        var answer = (await tenant.Backend.PostAsync("/v1/api-keys", body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        Assert.Contains(field, answer["detail"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_from_elsewhere_than_allowed_is_refused()
    {
        var tenant = await gateway.CreateTenantAsync();
        var elsewhere = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "far", allowedIps = new[] { "203.0.113.0/24" } })).Expect(HttpStatusCode.Created);
        (await gateway.Anyone.With("X-Api-Key", elsewhere["key"].GetString()!).GetAsync("/v1/tenant")).Expect(HttpStatusCode.Forbidden);
        var here = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "near", allowedIps = new[] { "127.0.0.0/8" } })).Expect(HttpStatusCode.Created);
        (await gateway.Anyone.With("X-Api-Key", here["key"].GetString()!).GetAsync("/v1/tenant")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_address_that_the_caller_claims_opens_no_key()
    {
        var tenant = await gateway.CreateTenantAsync();
        var key = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "far", allowedIps = new[] { "203.0.113.7" } })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        (await gateway.Anyone.With("X-Api-Key", key).GetAsync("/v1/tenant", ("X-Forwarded-For", "203.0.113.7"))).Expect(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task An_unknown_key_id_is_not_found()
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.DeleteAsync("/v1/api-keys/nothing")).ExpectProblem(HttpStatusCode.NotFound, "api_key_not_found");
        (await tenant.Backend.PostAsync("/v1/api-keys/nothing/rotate", new { graceSeconds = -1 })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "graceSeconds");
        (await tenant.Backend.PostAsync("/v1/api-keys/nothing/rotate")).ExpectProblem(HttpStatusCode.NotFound, "api_key_not_found");
    }
}
