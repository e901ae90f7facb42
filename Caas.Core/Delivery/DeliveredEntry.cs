using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Caas.Contracts;

namespace Caas.Core.Delivery;

/// <summary>An entry on its way to those who watch.</summary>
/// <param name="Shown">What everybody gets.</param>
/// <param name="Own">What some get instead; null: nobody gets anything else.</param>
public sealed record DeliveredEntry(EntryResponse Shown, IReadOnlyList<OwnEntry>? Own = null)
{
    private const string ShownName = "shown";
    private const string OwnName = "own";

    private static readonly JsonTypeInfo<EntryResponse> EntryJson = (JsonTypeInfo<EntryResponse>)CaasJson.Options.GetTypeInfo(typeof(EntryResponse));

    /// <summary>What stands on the conversation's channel, UTF-8: the entry's JSON, or, where some get another, <c>{"shown": entry, "own": {userId: entry}}</c>.</summary>
    public byte[] ToPayload()
    {
        if (Own is null)
        {
            return JsonSerializer.SerializeToUtf8Bytes(Shown, EntryJson);
        }

        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new() { Encoder = CaasJson.Options.Encoder }))
        {
            writer.WriteStartObject();
            writer.WritePropertyName(ShownName);
            JsonSerializer.Serialize(writer, Shown, EntryJson);
            writer.WriteStartObject(OwnName);
            foreach (var own in Own)
            {
                writer.WritePropertyName(own.UserId);
                JsonSerializer.Serialize(writer, own.Entry, EntryJson);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }

    /// <summary>Reads a payload that says what some get; null: it is none.</summary>
    /// <exception cref="JsonException">It is no JSON, or no entries.</exception>
    public static DeliveredEntry? ReadPayload(ReadOnlyMemory<byte> payload)
    {
        using var document = JsonDocument.Parse(payload);
        return document.RootElement is { ValueKind: JsonValueKind.Object } root
            && root.TryGetProperty(ShownName, out var shown) && shown.ValueKind == JsonValueKind.Object && shown.Deserialize(EntryJson) is { } entry
            && root.TryGetProperty(OwnName, out var own) && own.ValueKind == JsonValueKind.Object
            ? new(entry, [.. own.EnumerateObject().Select(one => new OwnEntry(one.Name, one.Value.Deserialize(EntryJson) ?? entry))])
            : null;
    }

    /// <summary>Whether a payload begins as one does that says what some get.</summary>
    public static bool HasOwn(ReadOnlySpan<byte> payload) => payload.StartsWith("{\"shown\":"u8);
}

/// <summary>What one user gets in place of what everybody does.</summary>
public sealed record OwnEntry(string UserId, EntryResponse Entry);
