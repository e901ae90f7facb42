using System.Text.Json;

namespace Caas.Core.Custom;

/// <summary>JSON Merge Patch (RFC 7396): what a PATCH makes of custom data. Objects merge, null removes, everything else replaces.</summary>
internal static class MergePatch
{
    /// <summary>The data after the patch. Nulls of the patch never stand in it, those inside lists excepted; what the patch does not name stays as it is.</summary>
    /// <param name="patch">An object.</param>
    public static JsonElement Apply(JsonElement? target, JsonElement patch)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new() { SkipValidation = true }))
        {
            Merge(target, patch, writer);
        }

        using var merged = JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
        return merged.RootElement.Clone();
    }

    /// <summary>The patch that makes one object another one, whose own nulls (which no patch can say) are left out.</summary>
    public static JsonElement Between(JsonElement before, JsonElement after)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new() { SkipValidation = true }))
        {
            Difference(before, after, writer);
        }

        using var difference = JsonDocument.Parse(buffer.GetBuffer().AsMemory(0, (int)buffer.Length));
        return difference.RootElement.Clone();
    }

    private static void Difference(JsonElement before, JsonElement after, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        var left = Last(before);
        foreach (var (name, value) in Last(after))
        {
            var had = left.Remove(name, out var old);
            if (had && JsonElement.DeepEquals(old, value))
            {
                continue;
            }

            writer.WritePropertyName(name);
            if (had && old.ValueKind == JsonValueKind.Object && value.ValueKind == JsonValueKind.Object)
            {
                Difference(old, value, writer);
            }
            else
            {
                value.WriteTo(writer);
            }
        }

        foreach (var name in left.Keys)
        {
            writer.WriteNull(name);
        }

        writer.WriteEndObject();
    }

    private static void Merge(JsonElement? target, JsonElement patch, Utf8JsonWriter writer)
    {
        if (patch.ValueKind != JsonValueKind.Object)
        {
            patch.WriteTo(writer);
            return;
        }

        writer.WriteStartObject();
        var left = Last(patch);
        foreach (var (name, value) in target is { ValueKind: JsonValueKind.Object } given ? Last(given) : [])
        {
            if (!left.Remove(name, out var change))
            {
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }
            else if (change.ValueKind != JsonValueKind.Null)
            {
                writer.WritePropertyName(name);
                Merge(value, change, writer);
            }
        }

        foreach (var (name, value) in left)
        {
            if (value.ValueKind != JsonValueKind.Null)
            {
                writer.WritePropertyName(name);
                Merge(target: null, value, writer);
            }
        }

        writer.WriteEndObject();
    }

    /// <summary>An object's properties in their order; of a name that is given twice the last counts.</summary>
    private static OrderedDictionary<string, JsonElement> Last(JsonElement element)
    {
        var properties = new OrderedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in element.EnumerateObject())
        {
            properties[property.Name] = property.Value;
        }

        return properties;
    }
}
