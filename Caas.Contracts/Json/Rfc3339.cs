using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>Times as RFC 3339 has them. One without its offset from UTC names another moment on every machine, so it is none.</summary>
public static class Rfc3339
{
    /// <summary>What a field must be that holds one. It ends a sentence that begins with the field.</summary>
    public const string Expected = "must be a time with its offset from UTC (RFC 3339), such as 2030-01-31T12:00:00Z";

    /// <summary>Reads a time.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DateTimeOffset time)
    {
        time = default;
        return text is { Length: > 10 } && text[10] is 'T' or 't' && HasOffset(text.AsSpan(11))
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    private static bool HasOffset(ReadOnlySpan<char> clock) => clock.EndsWith("Z", StringComparison.OrdinalIgnoreCase) || (clock.Length > 6 && clock[^6] is '+' or '-' && clock[^3] == ':');
}

/// <summary>Reads times as <see cref="Rfc3339"/> has them.</summary>
internal sealed class Rfc3339Converter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out _) && Rfc3339.TryParse(reader.GetString(), out var time) ? time : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.AddTicks(-(value.Ticks % TimeSpan.TicksPerMillisecond)));
}
