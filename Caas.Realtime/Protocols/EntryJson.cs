using System.Text.Json;
using System.Text.Json.Serialization;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Protocols;

/// <summary>An entry that is JSON already: one payload serves the channel, the JSON protocol and, transcoded, MessagePack.</summary>
[JsonConverter(typeof(EntryJsonConverter))]
internal sealed class EntryJson(ReadOnlyMemory<byte> utf8)
{
    public ReadOnlyMemory<byte> Utf8 { get; } = utf8;
}

internal sealed class EntryJsonConverter : JsonConverter<EntryJson>
{
    public override EntryJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException("Entries are only written this way.");

    // Whoever makes an EntryJson has serialised or read it as a whole.
    public override void Write(Utf8JsonWriter writer, EntryJson value, JsonSerializerOptions options) => writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
}

/// <summary>What the hub writes besides the contracts, and what replicas tell each other of users.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true, NumberHandling = JsonNumberHandling.Strict, MaxDepth = 32)]
[JsonSerializable(typeof(EntryJson))]
[JsonSerializable(typeof(JoinResult[]))]
[JsonSerializable(typeof(UserMessage))]
internal sealed partial class RealtimeJsonContext : JsonSerializerContext;
