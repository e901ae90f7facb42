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
        // What the sample leaves out on the way there is made.
        var at = sample;
        for (var depth = 0; depth < path.Length - 1; depth++)
        {
            var inner = at is JsonArray list ? list.ElementAtOrDefault(0) : at[path[depth]];
            if (inner is not (JsonObject or JsonArray))
            {
                inner = path[depth + 1] == "0" ? new JsonArray(0) : new JsonObject();
                Set(at, path[depth], inner);
            }

            at = inner;
        }

        // As text: some of the values are JSON that no document model takes.
        const string Place = "\"⟦place⟧\"";
        Set(at, path[^1], "⟦place⟧");
        return sample.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }).Replace(Place, value, StringComparison.Ordinal);
    }

    private static void Set(JsonNode at, string step, JsonNode value)
    {
        if (at is not JsonArray list)
        {
            at[step] = value;
        }
        else if (list.Count == 0)
        {
            list.Add(value);
        }
        else
        {
            list[0] = value;
        }
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

    /// <summary>Of the wrong values each place gets some, and where there are few places each gets more of them, by a seed that is printed.</summary>
    public sealed class Some
    {
        /// <summary>With this variable at 1 every place gets all of them.</summary>
        private const string AllVariable = "CAAS_TEST_ALL_INPUTS";
        private const int FewestOfPlace = 3;
        private const int FewestOfAll = 20;

        private static readonly bool All = Environment.GetEnvironmentVariable(AllVariable) == "1";
        private readonly Random _random;

        private Some(int seed) => (Seed, _random) = (seed, new Random(seed));

        public int Seed { get; }

        public static Some Drawn() => new(Random.Shared.Next());

        /// <param name="places">How many places an operation or method has.</param>
        public string[] For(int places) => All ? Values : _random.GetItems(Values, Math.Max(FewestOfPlace, FewestOfAll / places));
    }
}
