using System.Net;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Gateway;

/// <summary>PATCH merges custom data by RFC 7396, of whatever it is.</summary>
[Collection<GatewayCollection>]
public sealed class CustomPatchTests(GatewayFixture gateway)
{
    [Theory]
    [InlineData("user")]
    [InlineData("conversation")]
    [InlineData("message")]
    public async Task A_patch_merges_null_removes_and_nothing_null_is_kept(string what)
    {
        var (backend, path) = await CreateAsync(what, """{"a":1,"nested":{"x":1,"y":2}}""");
        var patched = (await backend.PatchAsync(path, """{"custom":{"b":null,"a":null,"nested":{"y":null,"z":{"n":null,"m":3}},"list":[null]}}""")).Expect(HttpStatusCode.OK);
        AssertCustom("""{"nested":{"x":1,"z":{"m":3}},"list":[null]}""", patched);
        AssertCustom("""{"nested":{"x":1,"z":{"m":3}},"list":[null]}""", await backend.GetAsync(path));
        AssertCustom("""{"nested":5,"list":[null]}""", (await backend.PatchAsync(path, """{"custom":{"nested":5}}""")).Expect(HttpStatusCode.OK));
        AssertCustom("""{"nested":{"again":true},"list":[null]}""", (await backend.PatchAsync(path, """{"custom":{"nested":{"again":true,"no":null}}}""")).Expect(HttpStatusCode.OK));
        Assert.Equal(JsonValueKind.Null, (await backend.PatchAsync(path, """{"custom":null}""")).Expect(HttpStatusCode.OK)["custom"].ValueKind);
        AssertCustom("""{"fresh":1}""", (await backend.PatchAsync(path, """{"custom":{"fresh":1,"gone":null}}""")).Expect(HttpStatusCode.OK));
        (await backend.PatchAsync(path, """{"custom":[1]}""")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "custom");
    }

    [Theory]
    [InlineData("user")]
    [InlineData("conversation")]
    [InlineData("message")]
    public async Task The_limits_are_those_of_what_comes_of_it(string what)
    {
        var (backend, path) = await CreateAsync(what, JsonSerializer.Serialize(new { first = new string('x', 5000) }));
        (await backend.PatchAsync(path, new { custom = new { second = new string('y', 5000) } })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "custom");
        var replaced = (await backend.PatchAsync(path, """{"custom":{"first":null,"second":"SECOND"}}""".Replace("SECOND", new string('y', 5000), StringComparison.Ordinal))).Expect(HttpStatusCode.OK);
        Assert.Equal(["second"], replaced["custom"].EnumerateObject().Select(property => property.Name));

        string Nested(int levels) => string.Concat(Enumerable.Repeat("{\"n\":", levels)) + "1" + new string('}', levels);
        (await backend.PatchAsync(path, "{\"custom\":" + Nested(16) + "}")).Expect(HttpStatusCode.OK);
        (await backend.PatchAsync(path, "{\"custom\":" + Nested(17) + "}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "custom");
        (await backend.PatchAsync(path, "{\"custom\":{\"" + new string('k', 40_000) + "\":null}}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "custom");
    }

    [Theory]
    [InlineData("user")]
    [InlineData("conversation")]
    [InlineData("message")]
    public async Task Patches_at_once_do_not_lose_each_others_keys(string what)
    {
        var (backend, path) = await CreateAsync(what, """{"old":true}""");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i => (await backend.PatchAsync(path, JsonSerializer.Serialize(new { custom = new Dictionary<string, object> { [$"k{i}"] = i, ["map"] = new Dictionary<string, int> { [$"m{i}"] = 1 } } }))).Expect(HttpStatusCode.OK)));
        var custom = (await backend.GetAsync(path)).Expect(HttpStatusCode.OK)["custom"];
        Assert.Equal(22, custom.EnumerateObject().Count());
        Assert.Equal(20, custom.GetProperty("map").EnumerateObject().Count());
    }

    private async Task<(Api Backend, string Path)> CreateAsync(string what, string custom)
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        if (what == "user")
        {
            (await tenant.Backend.PutAsync("/v1/users/bob", $$"""{"name":"Bob","custom":{{custom}}}""")).Expect(HttpStatusCode.Created);
            return (tenant.Backend, "/v1/users/bob");
        }

        var made = (await tenant.Backend.PostAsync("/v1/conversations", $$"""{"type":"group","memberIds":["alice"],"custom":{{custom}}}""")).Expect(HttpStatusCode.Created);
        var path = $"/v1/conversations/{made.Id}";
        return what == "conversation"
            ? (tenant.Backend, path)
            : (tenant.Backend, $"{path}/messages/{(await tenant.Backend.PostAsync($"{path}/messages", $$"""{"text":"hi","custom":{{custom}}}""")).Expect(HttpStatusCode.Created).Id}");
    }

    private static void AssertCustom(string expected, Answer answer) =>
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(expected).RootElement, answer.Expect(HttpStatusCode.OK)["custom"]), $"Expected {expected}: {answer.Text}");
}
