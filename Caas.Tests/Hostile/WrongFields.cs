using System.Text.Json;
using System.Text.Json.Nodes;

namespace Caas.Tests.Hostile;

/// <summary>Every field of a JSON schema with every value that it cannot, or can hardly, be.</summary>
internal static class WrongFields
{
    public static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1.5", "1e400", "9223372036854775808", "\"\"", "\"text\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "[null]", "[[[]]]", "[{}]", "{}", "{\"a\":1e99999999999}", "{\"a\":10e99999999998}", "{\"a\":1,\"a\":2}", "{\"__proto__\":{}}",
    ];

    /// <summary>Every field, also those inside others and inside lists, with what puts a value there.</summary>
    public static IEnumerable<(string Field, Func<JsonNode, string, string> Put)> Of(JsonElement document, JsonElement schema) =>
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
    public static JsonNode? Sample(JsonElement document, JsonElement schema)
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
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return JsonElement.Parse("{}"); // "true": anything
        }

        if (schema.TryGetProperty("$ref", out var reference))
        {
            return Resolve(document, document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]));
        }

        return schema.TryGetProperty("oneOf", out var any) || schema.TryGetProperty("anyOf", out any)
            ? Resolve(document, any.EnumerateArray().First(one => !one.TryGetProperty("type", out var type) || type.ToString() != "null"))
            : schema;
    }
}
