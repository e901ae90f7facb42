using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class BadInputTests(GatewayFixture gateway)
{
    [Fact]
    public async Task A_route_that_is_not_there_is_a_problem() => (await gateway.Anyone.GetAsync("/v1/nothing/here")).ExpectProblem(HttpStatusCode.NotFound, "route_not_found");

    [Fact]
    public async Task A_method_that_a_route_does_not_take_is_a_problem_that_lists_those_it_does()
    {
        var answer = (await gateway.Anyone.SendAsync(HttpMethod.Put, "/v1/tenants", (HttpContent?)null)).ExpectProblem(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        Assert.Contains("POST", answer.Header("Allow"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "body")]
    [InlineData("null", "body")]
    [InlineData("{", "body")]
    [InlineData("{\"name\":\"a\"", "body")]
    [InlineData("[]", "body")]
    [InlineData("42", "body")]
    [InlineData("{}", "name")]
    [InlineData("{\"name\":null}", "name")]
    [InlineData("{\"name\":1}", "name")]
    [InlineData("{\"name\":{}}", "name")]
    [InlineData("{\"name\":\"\"}", "name")]
    [InlineData("{\"name\":\"a\",\"id\":7}", "id")]
    [InlineData("{\"name\":\"a\",\"id\":\"Not An Id\"}", "id")]
    public async Task A_body_of_the_wrong_form_is_told_by_its_field(string body, string field) =>
        (await gateway.Admin.PostAsync("/v1/tenants", body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);

    [Theory]
    [InlineData("{\"type\":\"party\"}", "type", "direct, group, channel")]
    [InlineData("{\"type\":0}", "type", "direct, group, channel")]
    [InlineData("{}", "type", "required")]
    [InlineData("{\"type\":\"group\",\"memberIds\":\"alice\"}", "memberIds", "a list")]
    [InlineData("{\"type\":\"group\",\"memberIds\":[\"alice\",5]}", "memberIds[1]", "a string")]
    [InlineData("{\"type\":\"group\",\"name\":[]}", "name", "a string")]
    [InlineData("{", "body", "cut off")]
    [InlineData("{\"type\":\"gro", "body", "cut off")]
    [InlineData("{\"type\":\"group\",", "body", "cut off")]
    [InlineData("{\"type\":\"group\"}}", "body", "not valid JSON")]
    public async Task A_wrong_value_is_told_with_what_it_should_be(string body, string field, string expected)
    {
        var tenant = await gateway.CreateTenantAsync();
        var answer = (await tenant.Backend.PostAsync("/v1/conversations", body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
        Assert.Contains(expected, answer["detail"].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"name\":5}", "name", "a string")]
    [InlineData("{\"settings\":{\"rateLimits\":{\"perKeyPerMinute\":\"many\"}}}", "settings.rateLimits.perKeyPerMinute", "a whole number")]
    [InlineData("{\"settings\":{\"corsOrigins\":[true]}}", "settings.corsOrigins[0]", "a string")]
    [InlineData("{\"settings\":{\"maxTokenLifetimeSeconds\":12.5}}", "settings.maxTokenLifetimeSeconds", "a whole number")]
    [InlineData("{\"settings\":[]}", "settings", "an object")]
    [InlineData("{\"settings\":{\"maxTokenLifetimeSeconds\":99999999999}}", "settings.maxTokenLifetimeSeconds", "a whole number from -2147483648 to 2147483647")]
    [InlineData("{\"settings\":{", "body", "cut off")]
    public async Task The_path_of_a_wrong_value_is_whole_inside_the_fields_of_a_patch(string body, string field, string expected)
    {
        var tenant = await gateway.CreateTenantAsync();
        var answer = (await tenant.Backend.PatchAsync("/v1/tenant", body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
        Assert.Contains(expected, answer["detail"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_missing_field_is_listed()
    {
        var tenant = await gateway.CreateTenantAsync();
        var answer = (await tenant.Backend.PostAsync("/v1/users/batch", "{\"users\":[{}]}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "users[0].id");
        Assert.True(answer["errors"].TryGetProperty("users[0].name", out _));
    }

    [Fact]
    public async Task Every_field_of_a_wrong_type_is_listed_with_what_is_missing()
    {
        var tenant = await gateway.CreateTenantAsync();
        var answer = (await tenant.Backend.PostAsync("/v1/conversations", "{\"name\":5,\"id\":[],\"memberIds\":[1,\"a\",{}]}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "type");
        Assert.Equal(["id", "memberIds[0]", "memberIds[2]", "name", "type"], answer["errors"].EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal));
        var patch = (await tenant.Backend.PatchAsync("/v1/tenant", "{\"name\":5,\"settings\":{\"rateLimits\":{\"perKeyPerMinute\":\"x\",\"perUserPerMinute\":true}}}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "name");
        Assert.Equal(["name", "settings.rateLimits.perKeyPerMinute", "settings.rateLimits.perUserPerMinute"], patch["errors"].EnumerateObject().Select(error => error.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_wrong_value_in_the_query_is_told_with_what_it_should_be()
    {
        var tenant = await gateway.CreateTenantAsync();
        Assert.Equal("limit must be a whole number", (await tenant.Backend.GetAsync("/v1/users?limit=abc")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "limit")["detail"].GetString());
    }

    [Fact]
    public async Task A_body_that_is_nested_too_deep_is_refused()
    {
        var tenant = await gateway.CreateTenantAsync();
        var deep = $"{{\"name\":\"a\",\"custom\":{string.Concat(Enumerable.Repeat("{\"a\":", 40))}1{new string('}', 41)}";
        var answer = (await tenant.Backend.PutAsync("/v1/users/alice", deep)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "body");
        Assert.Contains("deeper", answer["detail"].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_request_above_256_KiB_is_too_large(bool chunked)
    {
        using var content = new StringContent($"{{\"name\":\"{new string('a', 300_000)}\"}}", Encoding.UTF8, "application/json");
        using var stream = new StreamContent(await content.ReadAsStreamAsync(TestContext.Current.CancellationToken)) { Headers = { ContentType = content.Headers.ContentType } };
        var admin = chunked ? gateway.Admin.With("Transfer-Encoding", "chunked") : gateway.Admin;
        (await admin.SendAsync(HttpMethod.Post, "/v1/tenants", chunked ? stream : content)).ExpectProblem(HttpStatusCode.RequestEntityTooLarge, "too_large");
    }

    [Theory]
    [InlineData("text/plain", "{\"name\":\"a\"}")]
    [InlineData("application/xml", "<name/>")]
    [InlineData("application/json; charset=utf-16", "{\"name\":\"a\"}")]
    [InlineData("application/json; charset=nonsense", "{\"name\":\"a\"}")]
    [InlineData("application/x-www-form-urlencoded", "name=a")]
    [InlineData(null, "{\"name\":\"a\"}")]
    public async Task A_body_that_is_not_JSON_in_UTF_8_is_a_415(string? type, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        (await gateway.Admin.SendAsync(HttpMethod.Post, "/v1/tenants", content)).ExpectProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Fact]
    public async Task A_compressed_body_is_a_415()
    {
        using var content = new ByteArrayContent([0x1f, 0x8b]);
        content.Headers.ContentType = new("application/json");
        content.Headers.ContentEncoding.Add("gzip");
        (await gateway.Admin.SendAsync(HttpMethod.Post, "/v1/tenants", content)).ExpectProblem(HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");
    }

    [Theory]
    [InlineData(new byte[] { 0xff })]
    [InlineData(new byte[] { 0xc3 })]
    [InlineData(new byte[] { 0xed, 0xa0, 0x80 })]
    public async Task Bytes_that_are_no_UTF_8_are_refused_or_replaced_but_never_a_fault(byte[] bytes)
    {
        var tenant = await gateway.CreateTenantAsync();
        foreach (var (before, after) in new[] { ("{\"name\":\"", "\"}"), ("{\"name\":\"a\",\"custom\":{\"k\":\"", "\"}}"), ("{\"name\":\"a\",\"custom\":{\"", "\":1}}") })
        {
            using var content = new ByteArrayContent([.. Encoding.ASCII.GetBytes(before), .. bytes, .. Encoding.ASCII.GetBytes(after)]);
            content.Headers.ContentType = new("application/json");
            var answer = await tenant.Backend.SendAsync(HttpMethod.Put, "/v1/users/alice", content);
            Assert.True((int)answer.Status < 500, answer.Text);
        }
    }

    [Theory]
    [InlineData("{\"name\":\"\\ud800\"}")]
    [InlineData("{\"name\":\"a\",\"custom\":{\"k\":\"\\ud800\"}}")]
    [InlineData("{\"name\":\"a\",\"custom\":{\"\\ud800\":1}}")]
    [InlineData("{\"name\":\"a\\u0000b\"}")]
    [InlineData("{\"name\":\"a\",\"custom\":{\"k\":1e999}}")]
    [InlineData("{\"name\":\"a\",\"custom\":{\"k\":1,\"k\":2}}")]
    [InlineData("{\"name\":\"a\",\"custom\":[1]}")]
    [InlineData("{\"name\":\"a\",\"custom\":\"text\"}")]
    public async Task Odd_strings_and_numbers_are_never_a_fault(string body)
    {
        var tenant = await gateway.CreateTenantAsync();
        var answer = await tenant.Backend.PutAsync("/v1/users/alice", body);
        Assert.True((int)answer.Status < 500, answer.Text);
        if (answer.Status == HttpStatusCode.Created)
        {
            (await tenant.Backend.GetAsync("/v1/users/alice")).Expect(HttpStatusCode.OK);
        }
    }

    [Theory]
    [InlineData("{\"name\":\"a\",\"custom\":{\"k\":[\"ok\",\"\\ud800\"]}}", "custom")]
    [InlineData("{\"name\":\"a\",\"custom\":{\"\\udc00\":1}}", "custom")]
    [InlineData("{\"name\":\"\\ud800\"}", "name")]
    public async Task A_surrogate_alone_is_told(string body, string field)
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.PutAsync("/v1/users/alice", body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("limit=99999999999", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    public async Task A_wrong_limit_is_told(string query, string field)
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.GetAsync($"/v1/users?{query}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Theory]
    [InlineData("/v1/users")]
    [InlineData("/v1/conversations")]
    [InlineData("/v1/api-keys")]
    public async Task A_forged_cursor_is_told(string path)
    {
        var tenant = await gateway.CreateTenantAsync();
        foreach (var cursor in new[] { "x", "%00", "MQphCmI", "bm9uc2Vuc2U", new string('a', 2000), "MQpVc2VycwpiCmM" })
        {
            (await tenant.Backend.GetAsync($"{path}?cursor={cursor}")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_cursor");
        }
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a%2Fb")]
    [InlineData("%24tenant")]
    [InlineData("%2e%2e%2fx")]
    [InlineData("ä")]
    public async Task Ids_of_the_wrong_form_are_told(string id)
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.PutAsync($"/v1/users/{id}", new { name = "A" })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        (await tenant.Backend.GetAsync($"/v1/conversations/{id}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        (await tenant.Backend.GetAsync($"/v1/conversations/{id}/entries")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    public async Task An_id_of_64_characters_is_taken_and_one_of_65_is_not()
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.PutAsync($"/v1/users/{new string('a', 64)}", new { name = "A" })).Expect(HttpStatusCode.Created);
        (await tenant.Backend.PutAsync($"/v1/users/{new string('a', 65)}", new { name = "A" })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
    }

    [Fact]
    public async Task Unknown_fields_are_ignored()
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.PutAsync("/v1/users/alice", new { name = "Alice", favouriteColour = "blue" })).Expect(HttpStatusCode.Created);
    }
}
