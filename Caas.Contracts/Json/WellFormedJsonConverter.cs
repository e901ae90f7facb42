using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>
/// Reads JSON of any form, but only what can be written again: <see cref="JsonElement"/> itself takes strings whose bytes are no UTF-8 or whose escapes leave a surrogate alone,
/// and throws when somebody looks at them later.
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
            }
            while ((reader.CurrentDepth > depth || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray) && reader.Read());
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("A string is not well-formed Unicode.", exception);
        }
    }
}
