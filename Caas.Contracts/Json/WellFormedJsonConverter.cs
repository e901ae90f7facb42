using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>
/// Reads JSON of any form, but only what can be written again, by every client: <see cref="JsonElement"/> itself takes strings whose bytes are no UTF-8 or whose escapes leave a surrogate
/// alone, and throws when somebody looks at them later; and numbers such as 1e400, which no double holds.
/// </summary>
internal sealed class WellFormedJsonConverter : JsonConverter<JsonElement>
{
    public override JsonElement Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Require(reader);
        return JsonElement.ParseValue(ref reader);
    }

    public override void Write(Utf8JsonWriter writer, JsonElement value, JsonSerializerOptions options) => value.WriteTo(writer);

    // A copy of the reader: the original stays at the value's start.
    private static void Require(Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        try
        {
            do
            {
                if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                {
                    _ = reader.GetString();
                }
                else if (reader.TokenType == JsonTokenType.Number && !(reader.TryGetDouble(out var number) && double.IsFinite(number)))
                {
                    throw new UnfitJsonException(UnfitJsonException.Number);
                }
            }
            while ((reader.CurrentDepth > depth || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) && reader.Read());
        }
        catch (InvalidOperationException exception)
        {
            throw new UnfitJsonException(UnfitJsonException.Text, exception);
        }
    }
}

/// <summary>JSON of the right form whose value nobody could keep. The message ends a sentence that begins with the field.</summary>
internal sealed class UnfitJsonException(string reason, Exception? innerException = null) : JsonException(reason, innerException)
{
    public const string Text = "must be well-formed Unicode";
    public const string Number = "must hold only numbers that a double can hold";

    public string Reason { get; } = reason;
}

/// <summary>Tells why JSON could not be read where it was well formed but its value is unfit.</summary>
public static class UnfitJson
{
    /// <summary>What the field must be; null: it is something else that is wrong.</summary>
    public static string? ReasonOf(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            switch (exception)
            {
                case UnfitJsonException unfit:
                    return unfit.Reason;

                // What the reader of a string says of bytes that are no UTF-8, and of escapes that leave a surrogate alone.
                case InvalidOperationException when exception.Message.Contains("UTF-", StringComparison.Ordinal):
                case System.Text.DecoderFallbackException:
                    return UnfitJsonException.Text;
            }
        }

        return null;
    }
}
