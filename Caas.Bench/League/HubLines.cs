using System.Globalization;
using System.Text;

namespace Caas.Bench.League;

/// <summary>What a message of a hub is to the league.</summary>
internal enum HubLineKind
{
    /// <summary>A ping, or an event that nobody counts.</summary>
    Other,

    /// <summary>A message of a conversation was delivered.</summary>
    Delivery,

    /// <summary>A call was answered.</summary>
    Answer,

    /// <summary>A call was refused.</summary>
    Refusal,
}

/// <summary>The few messages of SignalR's JSON protocol that the league sends and looks for. What is looked for is looked for as bytes: a receiver shall cost little.</summary>
internal static class HubLines
{
    /// <summary>Characters of a message's text: what people write.</summary>
    public const int TextLength = 100;

    private const int DueDigits = 19;

    public static ReadOnlySpan<byte> Handshake => "{\"protocol\":\"json\",\"version\":1}\u001e"u8;

    public static ReadOnlySpan<byte> Ping => "{\"type\":6}\u001e"u8;

    private static ReadOnlySpan<byte> DueMarker => "due "u8;

    private static ReadOnlySpan<byte> EntryHead => "{\"type\":1,\"target\":\"Entry\""u8;

    private static ReadOnlySpan<byte> AnswerHead => "{\"type\":3,"u8;

    private static ReadOnlySpan<byte> ErrorName => "\"error\":\""u8;

    private static string Padding { get; } = new('.', TextLength - DueMarker.Length - DueDigits - 1);

    /// <param name="conversation">Without characters that JSON escapes.</param>
    public static byte[] Join(string conversation) => Encoding.UTF8.GetBytes($$"""{"type":1,"invocationId":"join","target":"JoinConversation","arguments":["{{conversation}}",null]}""" + '\u001e');

    /// <summary>A message that carries when it was meant to be sent.</summary>
    /// <param name="conversation">Without characters that JSON escapes.</param>
    /// <param name="id">Unique for its sender.</param>
    /// <param name="due">In stopwatch ticks.</param>
    /// <returns>How many bytes were written.</returns>
    public static int WriteSend(string conversation, long id, long due, Span<byte> output) =>
        Encoding.UTF8.TryGetBytes(
            string.Create(CultureInfo.InvariantCulture, $$"""{"type":1,"invocationId":"{{id}}","target":"SendMessage","arguments":[{"conversationId":"{{conversation}}","clientMessageId":"m-{{id}}","text":"due {{due:D19}} {{Padding}}"}]}{{'\u001e'}}"""),
            output,
            out var written) ? written : throw new ArgumentException("The buffer is too small.", nameof(output));

    /// <param name="due">Of a delivery, when it was meant to be sent; otherwise 0.</param>
    public static HubLineKind Read(ReadOnlySpan<byte> message, out long due)
    {
        due = 0;
        if (message.StartsWith(EntryHead))
        {
            return TryReadDue(message[EntryHead.Length..], out due) ? HubLineKind.Delivery : HubLineKind.Other;
        }

        if (message.StartsWith(AnswerHead))
        {
            return message.IndexOf(ErrorName) >= 0 ? HubLineKind.Refusal : HubLineKind.Answer;
        }

        return HubLineKind.Other;
    }

    private static bool TryReadDue(ReadOnlySpan<byte> message, out long due)
    {
        due = 0;
        var at = message.IndexOf(DueMarker);
        return at >= 0
            && message.Length >= at + DueMarker.Length + DueDigits
            && long.TryParse(message.Slice(at + DueMarker.Length, DueDigits), NumberStyles.None, CultureInfo.InvariantCulture, out due);
    }
}
