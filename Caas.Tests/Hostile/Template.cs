using System.Globalization;
using System.Text;

namespace Caas.Tests.Hostile;

/// <summary>
/// Turns a text of the corpus into bytes. <c>⟦name⟧</c> is a value of the run (a token, a message's id), <c>⟦100000 x [⟧</c> a text repeated, <c>⟦hex C3 28⟧</c> bytes that no text has,
/// <c>⟦crlf⟧</c> and <c>⟦rs⟧</c> (the record separator of SignalR's JSON) what an editor would not keep.
/// </summary>
internal static class Template
{
    private const char Open = '⟦';
    private const char Close = '⟧';

    public static byte[] Bytes(string text, IReadOnlyDictionary<string, string> values)
    {
        var bytes = new List<byte>();
        for (var at = 0; at < text.Length;)
        {
            var open = text.IndexOf(Open, at);
            if (open < 0)
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text[at..]));
                break;
            }

            var close = text.IndexOf(Close, open);
            bytes.AddRange(Encoding.UTF8.GetBytes(text[at..open]));
            bytes.AddRange(Expand(text[(open + 1)..close], values));
            at = close + 1;
        }

        return [.. bytes];
    }

    /// <summary>For headers and targets: one character per byte, as they go over the wire.</summary>
    public static string Text(string text, IReadOnlyDictionary<string, string> values) => Encoding.Latin1.GetString(Bytes(text, values));

    private static byte[] Expand(string inside, IReadOnlyDictionary<string, string> values)
    {
        if (inside.StartsWith("hex ", StringComparison.Ordinal))
        {
            return Convert.FromHexString(inside[4..].Replace(" ", "", StringComparison.Ordinal));
        }

        if (inside.Split(" x ", 2) is [var count, var repeated] && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var times))
        {
            var one = repeated.StartsWith("hex ", StringComparison.Ordinal) ? Expand(repeated, values) : Encoding.UTF8.GetBytes(repeated);
            return [.. Enumerable.Repeat(one, times).SelectMany(bytes => bytes)];
        }

        return inside switch
        {
            "crlf" => "\r\n"u8.ToArray(),
            "rs" => [0x1e],
            _ => Encoding.UTF8.GetBytes(values.TryGetValue(inside, out var value) ? value : throw new ArgumentException($"The corpus names '{inside}', which is nothing.")),
        };
    }
}
