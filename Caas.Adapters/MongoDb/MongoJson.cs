using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Caas.Adapters.MongoDb;

/// <summary>What is kept as JSON text inside a document comes back as it was: keys with dots and dollars, numbers and depth included.</summary>
internal static class MongoJson
{
    public static string Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);

    public static string? Write(JsonElement? value) => value?.GetRawText();

    public static T Read<T>(string json, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(json, type) ?? throw new JsonException("null is not a stored value");

    public static JsonElement? ReadElement(string? json) => json is null ? null : JsonElement.Parse(json);
}
