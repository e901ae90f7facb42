namespace Caas.Contracts;

/// <summary>What a message shows of the one that it quotes: as that is now. Of a deleted one nothing is left but its place.</summary>
/// <param name="Text">The beginning of its text: at most 200 characters, and an ellipsis where it goes on.</param>
/// <param name="AttachmentCount">How many attachments it has.</param>
/// <param name="Rev">The quoted message's <c>rev</c>: the higher of two is the newer.</param>
public sealed record MessageQuote(string MessageId, long Seq, string? SenderId, string? Text, int AttachmentCount, DateTimeOffset CreatedAt, DateTimeOffset? DeletedAt, long Rev)
{
    /// <summary>UTF-16 code units.</summary>
    public const int MaxText = 200;

    /// <summary>The quote of a message as that is now.</summary>
    public static MessageQuote Of(MessageResponse message) => Of(message.Id, message.Seq, message.SenderId, message.Text, message.Attachments.Count, message.CreatedAt, message.DeletedAt, message.Rev);

    /// <summary>The quote of a message, of its parts.</summary>
    public static MessageQuote Of(string messageId, long seq, string? senderId, string? text, int attachmentCount, DateTimeOffset createdAt, DateTimeOffset? deletedAt, long rev) =>
        new(messageId, seq, senderId, Excerpt(text), attachmentCount, createdAt, deletedAt, rev);

    private static string? Excerpt(string? text)
    {
        if (text is null || text.Length <= MaxText)
        {
            return text;
        }

        // Never half of a pair of surrogates.
        var length = char.IsHighSurrogate(text[MaxText - 1]) ? MaxText - 1 : MaxText;
        return string.Concat(text.AsSpan(0, length), "…");
    }
}
