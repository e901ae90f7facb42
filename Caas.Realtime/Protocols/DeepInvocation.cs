using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Caas.Realtime.Protocols;

/// <summary>What can still be told of a call as JSON that is nested deeper than the reader goes: whose answer it wants, so that it is refused and not its whole connection ended.</summary>
internal sealed record DeepInvocation(string? InvocationId, string Target)
{
    private const int InvocationType = 1;
    private const int StreamInvocationType = 4;
    private const byte RecordSeparator = 0x1e;

    /// <param name="input">What begins with the message.</param>
    /// <returns>False: it is no call, or it is not well-formed however deep one looks.</returns>
    public static bool TryRead(ReadOnlySequence<byte> input, [NotNullWhen(true)] out DeepInvocation? invocation)
    {
        invocation = null;
        if (input.PositionOf(RecordSeparator) is not { } end)
        {
            return false;
        }

        try
        {
            // A level takes a byte at least: it is bounded by the size of a message. Read to its end: a message that is cut off is none.
            var reader = new Utf8JsonReader(input.Slice(0, end), new JsonReaderOptions { MaxDepth = int.MaxValue });
            var (type, id, target, name, deepest) = (0, (string?)null, (string?)null, (string?)null, 0);
            while (reader.Read())
            {
                deepest = Math.Max(deepest, reader.CurrentDepth);
                if (reader.CurrentDepth != 1)
                {
                    continue;
                }

                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        name = reader.GetString();
                        break;
                    case JsonTokenType.Number when name == "type":
                        type = reader.GetInt32();
                        break;
                    case JsonTokenType.String when name == "invocationId":
                        id = reader.GetString();
                        break;
                    case JsonTokenType.String when name == "target":
                        target = reader.GetString();
                        break;
                    default:
                        break;
                }
            }

            invocation = type is InvocationType or StreamInvocationType && target is not null && deepest >= MessagePackJson.MaxDepth ? new(id, target) : null;
            return invocation is not null;
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or FormatException)
        {
            return false;
        }
    }
}
