using System.Net;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class ServiceTests(GatewayFixture gateway)
{
    [Fact]
    public async Task Ping_answers_everyone()
    {
        var ping = (await gateway.Anyone.GetAsync("/v1/ping")).Expect(HttpStatusCode.OK);
        Assert.Equal("ok", ping["status"].GetString());
    }

    [Theory]
    [InlineData("/v1/ping")]
    [InlineData("/v1/users?limit=1")]
    [InlineData("/v1/nothing")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/health")]
    [InlineData("/docs/")]
    [InlineData("/.well-known/jwks.json")]
    public async Task HEAD_is_answered_as_GET_without_the_body(string path)
    {
        var backend = (await gateway.CreateTenantAsync()).Backend;
        var (get, head) = (await backend.GetAsync(path), await backend.SendAsync(HttpMethod.Head, path, null));
        Assert.Equal((get.Status, get.ContentHeaders.ContentType?.ToString()), (head.Status, head.ContentHeaders.ContentType?.ToString()));
        Assert.Equal("", head.Text);
    }

    [Fact]
    public async Task Health_tells_of_every_dependency_and_alive_of_the_process()
    {
        var health = (await gateway.Anyone.GetAsync("/health")).Expect(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Object, health["checks"].ValueKind);
        (await gateway.Anyone.GetAsync("/alive")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Metrics_are_served_on_their_own_port_alone()
    {
        (await gateway.Anyone.GetAsync("/v1/ping")).Expect(HttpStatusCode.OK);
        (await gateway.Anyone.GetAsync("/v1/nothing")).Expect(HttpStatusCode.NotFound);
        var metrics = gateway.Connect(gateway.MetricsAddress);

        var scraped = (await metrics.GetAsync("/metrics")).Expect(HttpStatusCode.OK).Text;
        Assert.Contains("http_server_request_duration_seconds_bucket", scraped, StringComparison.Ordinal);
        Assert.Contains("caas_gateway_refusals_total", scraped, StringComparison.Ordinal);
        Assert.Contains("code=\"route_not_found\"", scraped, StringComparison.Ordinal);

        (await metrics.GetAsync("/v1/ping")).Expect(HttpStatusCode.NotFound);
        (await metrics.GetAsync("/health")).Expect(HttpStatusCode.OK);
        (await gateway.Anyone.GetAsync("/metrics")).ExpectProblem(HttpStatusCode.NotFound, "route_not_found");
        (await gateway.Anyone.GetAsync("/metrics", ("Host", $"x:{gateway.MetricsAddress.Port}"))).ExpectProblem(HttpStatusCode.NotFound, "route_not_found");
    }

    [Theory]
    [InlineData("/v1/ping")]
    [InlineData("/v1/nothing")]
    [InlineData("/v1/tenant")]
    public async Task Every_answer_has_security_headers_and_hides_the_server(string path)
    {
        var answer = await gateway.Anyone.GetAsync(path);
        Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
        Assert.Equal("no-referrer", answer.Header("Referrer-Policy"));
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", answer.Header("Content-Security-Policy"));
        Assert.Contains("no-store", answer.Header("Cache-Control"), StringComparison.Ordinal);
        Assert.Null(answer.Header("Server"));
        Assert.Null(answer.Header("Strict-Transport-Security"));
    }

    [Fact]
    public async Task The_public_keys_are_served_with_a_time_to_keep_them_and_rotate()
    {
        var before = (await gateway.Anyone.GetAsync("/.well-known/jwks.json")).Expect(HttpStatusCode.OK);
        Assert.Contains("max-age=", before.Header("Cache-Control"), StringComparison.Ordinal);
        Assert.All(before["keys"].EnumerateArray(), key => Assert.False(key.TryGetProperty("d", out _)));

        var kid = (await gateway.Admin.PostAsync("/v1/admin/signing-keys/rotate")).Expect(HttpStatusCode.OK)["kid"].GetString();
        var after = (await gateway.Anyone.GetAsync("/.well-known/jwks.json")).Expect(HttpStatusCode.OK);
        Assert.Contains(after["keys"].EnumerateArray(), key => key.GetProperty("kid").GetString() == kid);
        Assert.Equal(before["keys"].GetArrayLength() + 1, after["keys"].GetArrayLength());
    }
}
