using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Caas.Tests.Gateway;
using Xunit;

namespace Caas.Tests.Hostile;

/// <summary>What no hand would write: every field of every request of the OpenAPI document with every wrong value, and cursors of every list with every bit flipped.</summary>
[Collection<HostileCollection>]
public sealed class GeneratedTests(HostileHost host)
{
    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1.5", "1e400", "9223372036854775808", "\"\"", "\"text\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "[null]", "[[[]]]", "[{}]", "{}", "{\"a\":1e99999999999}", "{\"a\":10e99999999998}", "{\"a\":1,\"a\":2}", "{\"__proto__\":{}}",
    ];

    /// <summary>Operations that would end what the others work with.</summary>
    private static readonly string[] Destructive = ["Logout", "DeleteTenant", "RevokeTokens", "UpdateTenant", "UpdateOwnTenant", "PutTenantSettings"];

    [Fact]
    public async Task Every_field_of_every_request_takes_every_wrong_value_without_a_fault()
    {
        var document = (await host.Anyone.GetAsync("/openapi/v1.json")).Expect(HttpStatusCode.OK).Json;
        var rival = await WorldAsync();
        var (sent, wrong, refused) = (0, new List<string>(), 0);
        foreach (var (path, method, operation, schema) in Bodies(document))
        {
            var id = operation.GetProperty("operationId").GetString()!;
            var route = path.Replace("{conversationId}", "room", StringComparison.Ordinal).Replace("{messageId}", host.Values["rival-message"], StringComparison.Ordinal).Replace("{userId}", "bob", StringComparison.Ordinal)
                .Replace("{tenantId}", "nobody-at-all", StringComparison.Ordinal);
            var api = path.StartsWith("/v1/tenants", StringComparison.Ordinal) ? new Api(rival.Http, ("Authorization", $"Bearer {HostileHost.AdminKey}")) : rival;
            foreach (var (field, put) in Fields(document, schema))
            {
                foreach (var value in Destructive.Contains(id) ? Values.Where(value => value != "null") : Values)
                {
                    var body = put(Sample(document, schema)!, value);
                    await api.SendAsync(new HttpMethod(method.ToUpperInvariant()), route, body);

                    // A second time: what was taken is compared with itself.
                    var answer = await api.SendAsync(new HttpMethod(method.ToUpperInvariant()), route, body);
                    sent++;
                    refused += (int)answer.Status >= 400 ? 1 : 0;
                    if ((int)answer.Status >= 500 || !operation.GetProperty("responses").TryGetProperty(((int)answer.Status).ToString(CultureInfo.InvariantCulture), out _) || RestCorpusTests.Internal.Any(word => answer.Text.Contains(word, StringComparison.Ordinal)))
                    {
                        wrong.Add($"{id} {field} {value}: {(int)answer.Status} {answer.Text}");
                    }
                }
            }
        }

        host.Count("fields, generated", sent);
        host.MustLive();
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        Assert.InRange(refused, sent / 2, sent - 1);
    }

    [Fact]
    public async Task A_cursor_with_any_bit_flipped_is_refused_and_so_is_one_of_another_list_or_tenant()
    {
        string[] lists = ["/v1/users?limit=1", "/v1/users?limit=1&query=al", "/v1/conversations?limit=1", "/v1/conversations/room/members?limit=1", "/v1/conversations/second/members?limit=1", "/v1/api-keys?limit=1"];
        var forged = 0;
        foreach (var list in lists)
        {
            var cursor = (await host.Backend.GetAsync(list)).Expect(HttpStatusCode.OK)["next"].GetString() ?? throw new InvalidOperationException($"{list} has one page only.");
            (await host.Backend.GetAsync($"{list}&cursor={cursor}")).Expect(HttpStatusCode.OK);
            (await host.Rival.GetAsync($"{list}&cursor={cursor}")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_cursor");
            foreach (var other in lists.Where(other => other != list))
            {
                (await host.Backend.GetAsync($"{other}&cursor={cursor}")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_cursor");
                forged++;
            }

            var good = Base64Url.DecodeFromChars(cursor);
            for (var bit = 0; bit < good.Length * 8; bit++)
            {
                byte[] flipped = [.. good];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                (await host.Backend.GetAsync($"{list}&cursor={Base64Url.EncodeToString(flipped)}")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_cursor");
                forged++;
            }
        }

        host.Count("cursors, forged", forged);
    }

    /// <summary>A tenant of its own: some of what is generated is right, and is stored.</summary>
    private async Task<Api> WorldAsync()
    {
        var admin = new Api(host.Anyone.Http, ("Authorization", $"Bearer {HostileHost.AdminKey}"));
        (await admin.PostAsync("/v1/tenants", new { id = "generated", name = "generated" })).Expect(HttpStatusCode.Created);
        var key = (await admin.PostAsync("/v1/tenants/generated/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        var api = new Api(host.Anyone.Http, ("X-Api-Key", key));
        (await api.PostAsync("/v1/users/batch", new { users = new[] { new { id = "alice", name = "Alice" }, new { id = "bob", name = "Bob" } } })).Expect(HttpStatusCode.OK);
        (await api.PostAsync("/v1/conversations", new { type = "group", id = "room", memberIds = new[] { "alice", "bob" } })).Expect(HttpStatusCode.Created);
        return api;
    }

    private static IEnumerable<(string Path, string Method, JsonElement Operation, JsonElement Schema)> Bodies(JsonElement document)
    {
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var method in path.Value.EnumerateObject().Where(method => method.Value.ValueKind == JsonValueKind.Object && method.Value.TryGetProperty("requestBody", out _)))
            {
                yield return (path.Name, method.Name, method.Value, method.Value.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema"));
            }
        }
    }

    /// <summary>Every field, also those inside others and inside lists, with what puts a value there.</summary>
    private static IEnumerable<(string Field, Func<JsonNode, string, string> Put)> Fields(JsonElement document, JsonElement schema) =>
        Paths(document, schema, 0).Select(path => (string.Join(".", path), (Func<JsonNode, string, string>)((sample, value) => Put(sample, path, value))));

    private static IEnumerable<string[]> Paths(JsonElement document, JsonElement schema, int depth)
    {
        schema = Resolve(document, schema);
        if (depth > 4)
        {
            yield break;
        }

        if (schema.TryGetProperty("properties", out var properties))
        {
            foreach (var property in properties.EnumerateObject())
            {
                yield return [property.Name];
                foreach (var inner in Paths(document, property.Value, depth + 1))
                {
                    yield return [property.Name, .. inner];
                }
            }
        }
        else if (schema.TryGetProperty("items", out var items))
        {
            yield return ["0"];
            foreach (var inner in Paths(document, items, depth + 1))
            {
                yield return ["0", .. inner];
            }
        }
    }

    private static string Put(JsonNode sample, string[] path, string value)
    {
        var at = sample;
        foreach (var step in path[..^1])
        {
            at = at is JsonArray list ? list[0]! : at[step]!;
        }

        // As text: some of the values are JSON that no document model takes.
        const string Place = "\"⟦place⟧\"";
        if (at is JsonArray last)
        {
            last[0] = "⟦place⟧";
        }
        else
        {
            at[path[^1]] = "⟦place⟧";
        }

        return sample.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).Replace(Place, value, StringComparison.Ordinal);
    }

    /// <summary>A value of the right types, with every field.</summary>
    private static JsonNode? Sample(JsonElement document, JsonElement schema)
    {
        schema = Resolve(document, schema);
        if (schema.TryGetProperty("properties", out var properties))
        {
            return new JsonObject(properties.EnumerateObject().Select(property => KeyValuePair.Create(property.Name, Sample(document, property.Value))));
        }

        if (schema.TryGetProperty("items", out var items))
        {
            return new JsonArray(Sample(document, items));
        }

        if (schema.TryGetProperty("enum", out var values))
        {
            return values[0].GetString();
        }

        var type = schema.TryGetProperty("type", out var types) ? types.ToString() : "";
        return type.Contains("integer", StringComparison.Ordinal) ? 60 : type.Contains("object", StringComparison.Ordinal) || type.Length == 0 ? new JsonObject() : "alice";
    }

    private static JsonElement Resolve(JsonElement document, JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            return Resolve(document, document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]));
        }

        return schema.TryGetProperty("oneOf", out var any) || schema.TryGetProperty("anyOf", out any)
            ? Resolve(document, any.EnumerateArray().First(one => !one.TryGetProperty("type", out var type) || type.ToString() != "null"))
            : schema;
    }
}
