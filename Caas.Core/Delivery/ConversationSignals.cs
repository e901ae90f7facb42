using System.Text;

namespace Caas.Core.Delivery;

/// <summary>
/// What passes through a log's channel beside entries: live state that stands in no log, such as who is typing. A payload that is a signal begins with a byte that no JSON begins with,
/// then its kind, a line feed, and its body.
/// </summary>
public static class ConversationSignals
{
    private const byte Mark = 1;
    private const byte End = (byte)'\n';
    private const int MaxKind = 32;

    public static ReadOnlyMemory<byte> Write(string kind, ReadOnlySpan<byte> body)
    {
        var payload = new byte[1 + Encoding.UTF8.GetByteCount(kind) + 1 + body.Length];
        payload[0] = Mark;
        var length = 1 + Encoding.UTF8.GetBytes(kind, payload.AsSpan(1));
        payload[length] = End;
        body.CopyTo(payload.AsSpan(length + 1));
        return payload;
    }

    /// <returns>False: it is no signal.</returns>
    public static bool TryRead(ReadOnlyMemory<byte> payload, out string kind, out ReadOnlyMemory<byte> body)
    {
        (kind, body) = ("", default);
        if (payload.Length == 0 || payload.Span[0] != Mark || payload.Span[..Math.Min(payload.Length, MaxKind + 2)].IndexOf(End) is not (> 0 and var end))
        {
            return false;
        }

        kind = Encoding.UTF8.GetString(payload.Span[1..end]);
        body = payload[(end + 1)..];
        return true;
    }
}
