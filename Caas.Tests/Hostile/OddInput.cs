using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Caas.Realtime.Protocols;
using CsCheck;
using MessagePack;

namespace Caas.Tests.Hostile;

/// <summary>Generators of what strangers may send, and of what is nearly right.</summary>
internal static class OddInput
{
    /// <summary>Any text, and texts near to what is right: characters of ids, separators, surrogates, digits of other scripts.</summary>
    public static readonly Gen<string> Odd = Gen.OneOf(
        Gen.String,
        Gen.String["abcXYZ019-_.@:/$ \n\0\u00e4\u0661\ud800\udc00"],
        Gen.String["0123456789abcdefABCDEF:./%[]-+ "],
        Gen.Byte.Array.Select(bytes => Base64Url.EncodeToString(bytes)));

    private static readonly Gen<string> Leaf = Gen.OneOf(
        Gen.Long.Select(number => number.ToString(CultureInfo.InvariantCulture)),
        Gen.ULong.Select(number => number.ToString(CultureInfo.InvariantCulture)),
        Gen.Double.Where(double.IsFinite).Select(number => JsonSerializer.Serialize(number)),
        Odd.Select(text => JsonSerializer.Serialize(WellFormed(text))),
        Choice("true", "false", "null", "\"\"", "[]", "{}"));

    public static Gen<string> Json { get; } = Nested(4);

    /// <summary>Headers of tokens with a right name and any value.</summary>
    public static Gen<string> Header { get; } = Gen.Select(Choice("ES256", "HS256", "none", "RS256"), Leaf, Leaf).Select((alg, kid, other) => $$"""{"alg":"{{alg}}","kid":{{kid}},"crit":{{other}}}""");

    private static Gen<string> Choice(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private static Gen<string> Nested(int depth) => depth == 0 ? Leaf : Gen.OneOf(
        Leaf,
        Nested(depth - 1).Array[0, 4].Select(items => $"[{string.Join(',', items)}]"),
        Nested(depth - 1).Array[0, 4].Select(items => $"{{{string.Join(',', items.Select((item, index) => $"\"k{index}\":{item}"))}}}"));

    public static byte[] Damaged(byte[] bytes, int at, byte other)
    {
        if (bytes.Length == 0)
        {
            return [other];
        }

        byte[] damaged = [.. bytes];
        damaged[at % damaged.Length] = other;
        return other % 3 == 0 ? damaged[..(at % damaged.Length)] : damaged;
    }

    public static byte[] ToPack(byte[] json)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        MessagePackJson.Write(json, ref writer);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static byte[] FromPack(byte[] bytes)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            var reader = new MessagePackReader(bytes);
            MessagePackJson.Read(ref reader, json);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
