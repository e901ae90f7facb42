using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>A field of a PATCH (RFC 7396): absent, null (clears), or a value. Its property is ignored when it has its default: what is not set is not sent.</summary>
[JsonConverter(typeof(OptionalConverterFactory))]
public readonly record struct Optional<T>(T? Value)
{
    /// <summary>Whether the field was sent at all.</summary>
    public bool IsSet { get; private init; } = true;

    public static implicit operator Optional<T>(T? value) => new(value);

    /// <summary>The sent value, or <paramref name="current"/> when the field was absent.</summary>
    public T? Or(T? current) => IsSet ? Value : current;
}

/// <summary>Reads <see cref="Optional{T}"/>; an absent field stays its default, which is not set.</summary>
internal sealed class OptionalConverterFactory : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(Optional<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(OptionalConverter<>).MakeGenericType(typeToConvert.GetGenericArguments()[0]))!;
}

internal sealed class OptionalConverter<T> : JsonConverter<Optional<T>>
{
    public override bool HandleNull => true;

    public override Optional<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return reader.TokenType == JsonTokenType.Null ? new(default(T)) : new(JsonSerializer.Deserialize<T>(ref reader, options));
        }
        catch (JsonException exception)
        {
            // The nested read knows only its own path. A new exception without one gets the path of this field, so that errors can name it.
            throw new JsonException(null, exception);
        }
    }

    public override void Write(Utf8JsonWriter writer, Optional<T> value, JsonSerializerOptions options)
    {
        // A JSON value that was never there has no text of its own.
        if (value.Value is null or JsonElement { ValueKind: JsonValueKind.Undefined })
        {
            writer.WriteNullValue();
        }
        else
        {
            JsonSerializer.Serialize(writer, value.Value, options);
        }
    }
}
