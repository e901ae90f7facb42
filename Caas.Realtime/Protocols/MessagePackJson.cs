using System.Buffers;
using System.Text;
using System.Text.Json;
using MessagePack;

namespace Caas.Realtime.Protocols;

/// <summary>
/// Turns JSON into MessagePack and back, so that both hub protocols carry the same thing: the same keys, enum strings and times. Integers of up to 64 bits keep every digit;
/// a number that neither 64 bits nor a double can hold becomes a string.
/// </summary>
internal static class MessagePackJson
{
    /// <summary>Deeper values are refused: the depth that System.Text.Json allows by default.</summary>
    public const int MaxDepth = 64;

    /// <summary>Writes one JSON value. MessagePack puts the number of children before them, so they are counted first.</summary>
    /// <exception cref="JsonException">It is not one JSON value.</exception>
    public static void Write(ReadOnlySpan<byte> json, ref MessagePackWriter writer)
    {
        var counts = CountChildren(json);
        var container = 0;
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    writer.WriteMapHeader(counts[container++]);
                    break;
                case JsonTokenType.StartArray:
                    writer.WriteArrayHeader(counts[container++]);
                    break;
                case JsonTokenType.PropertyName or JsonTokenType.String:
                    WriteString(ref reader, ref writer);
                    break;
                case JsonTokenType.Number:
                    WriteNumber(ref reader, ref writer);
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    writer.Write(reader.GetBoolean());
                    break;
                case JsonTokenType.Null:
                    writer.WriteNil();
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>Reads one MessagePack value as JSON.</summary>
    /// <remarks>Throws a <c>MessagePackSerializationException</c> when it is malformed, too deep, or holds what JSON has not: binary, extensions, NaN, keys that are no strings.</remarks>
    public static void Read(ref MessagePackReader reader, Utf8JsonWriter writer, int depth = 0)
    {
        if (depth > MaxDepth)
        {
            throw new MessagePackSerializationException($"Values may be nested {MaxDepth} deep.");
        }

        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Nil:
                reader.ReadNil();
                writer.WriteNullValue();
                break;
            case MessagePackType.Boolean:
                writer.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackType.Integer when reader.NextCode == MessagePackCode.UInt64:
                writer.WriteNumberValue(reader.ReadUInt64());
                break;
            case MessagePackType.Integer:
                writer.WriteNumberValue(reader.ReadInt64());
                break;
            case MessagePackType.Float:
                var number = reader.ReadDouble();
                writer.WriteNumberValue(double.IsFinite(number) ? number : throw new MessagePackSerializationException("Numbers must be finite."));
                break;
            case MessagePackType.String:
                writer.WriteStringValue(ReadString(ref reader));
                break;
            case MessagePackType.Array:
                ReadArray(ref reader, writer, depth);
                break;
            case MessagePackType.Map:
                ReadMap(ref reader, writer, depth);
                break;
            default:
                throw new MessagePackSerializationException($"There is no place for {reader.NextMessagePackType} here.");
        }
    }

    private static void ReadArray(ref MessagePackReader reader, Utf8JsonWriter writer, int depth)
    {
        var count = reader.ReadArrayHeader();
        writer.WriteStartArray();
        for (var i = 0; i < count; i++)
        {
            Read(ref reader, writer, depth + 1);
        }

        writer.WriteEndArray();
    }

    private static void ReadMap(ref MessagePackReader reader, Utf8JsonWriter writer, int depth)
    {
        var count = reader.ReadMapHeader();
        writer.WriteStartObject();
        for (var i = 0; i < count; i++)
        {
            if (reader.NextMessagePackType != MessagePackType.String)
            {
                throw new MessagePackSerializationException("Keys must be strings.");
            }

            writer.WritePropertyName(ReadString(ref reader));
            Read(ref reader, writer, depth + 1);
        }

        writer.WriteEndObject();
    }

    private static string ReadString(ref MessagePackReader reader)
    {
        try
        {
            var bytes = reader.ReadStringSequence() ?? ReadOnlySequence<byte>.Empty;
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException malformed)
        {
            throw new MessagePackSerializationException("Strings must be UTF-8.", malformed);
        }
        catch (ArgumentOutOfRangeException malformed)
        {
            // The reader believes lengths of 2 GB and more.
            throw new MessagePackSerializationException("A string ends before its length.", malformed);
        }
    }

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static void WriteString(ref Utf8JsonReader reader, ref MessagePackWriter writer)
    {
        if (!reader.ValueIsEscaped)
        {
            writer.WriteString(reader.ValueSpan);
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            writer.WriteString(buffer.AsSpan(0, reader.CopyString(buffer)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void WriteNumber(ref Utf8JsonReader reader, ref MessagePackWriter writer)
    {
        if (reader.TryGetInt64(out var signed))
        {
            writer.Write(signed);
        }
        else if (reader.TryGetUInt64(out var unsigned))
        {
            writer.Write(unsigned);
        }
        else if (reader.TryGetDouble(out var number) && double.IsFinite(number) && !IsInteger(reader.ValueSpan))
        {
            writer.Write(number);
        }
        else
        {
            writer.Write(Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }

    private static bool IsInteger(ReadOnlySpan<byte> number) => !number.ContainsAny("."u8[0], "e"u8[0], "E"u8[0]);

    /// <summary>How many children each object and array has, in the order in which they begin. An object's are its names: a value behind a name is not counted again.</summary>
    private static List<int> CountChildren(ReadOnlySpan<byte> json)
    {
        var counts = new List<int>();
        var open = new Stack<(int Container, bool IsObject)>();
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                open.Pop();
                continue;
            }

            if (open.TryPeek(out var parent) && parent.IsObject == (reader.TokenType == JsonTokenType.PropertyName))
            {
                counts[parent.Container]++;
            }

            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                open.Push((counts.Count, reader.TokenType == JsonTokenType.StartObject));
                counts.Add(0);
            }
        }

        return counts;
    }
}
