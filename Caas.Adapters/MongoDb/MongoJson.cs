using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Caas.Contracts;
using Caas.Core.Messages;

namespace Caas.Adapters.MongoDb;

/// <summary>What is kept as JSON text inside a document: it comes back as it was, keys with dots and dollars, numbers and depth included.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MessageState))]
[JsonSerializable(typeof(TenantSettings))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class MongoJsonContext : JsonSerializerContext;

/// <summary>Writes and reads JSON text.</summary>
internal static class MongoJson
{
    public static string Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.Serialize(value, type);

    public static string? Write(JsonElement? value) => value is { } element ? element.GetRawText() : null;

    public static T Read<T>(string json, JsonTypeInfo<T> type) => JsonSerializer.Deserialize(json, type) ?? throw new JsonException("null is not a stored value");

    public static JsonElement? ReadElement(string? json) => json is null ? null : JsonSerializer.Deserialize(json, MongoJsonContext.Default.JsonElement);
}
