namespace Caas.Contracts;

/// <summary>Moves the caller's own cursors in a conversation forward. What lies behind changes nothing, what lies beyond the log's end counts as its end; reading includes having it.</summary>
/// <param name="DeliveredSeq">The caller has everything up to this seq.</param>
/// <param name="ReadSeq">The caller has read everything up to this seq.</param>
public sealed record MarkReceiptsRequest(long? DeliveredSeq = null, long? ReadSeq = null);

/// <summary>How far one member of a conversation has come.</summary>
/// <param name="DeliveredSeq">The member has everything up to this seq; null: the member does not tell.</param>
/// <param name="ReadSeq">The member has read everything up to this seq; null: the member does not tell.</param>
public sealed record ReceiptResponse(string UserId, long? DeliveredSeq, long? ReadSeq);

/// <summary>A member who has a message.</summary>
/// <param name="Read">Whether the member has read it, as far as the member tells.</param>
public sealed record MessageReceiptResponse(string UserId, bool Read);

/// <summary>The caller's unread messages in all conversations that are neither hidden nor archived.</summary>
/// <param name="Conversations">How many in each conversation that has any, by conversation id.</param>
/// <param name="MarkedUnread">The conversations that the caller has marked as unread, whether they have unread messages or not.</param>
public sealed record UnreadResponse(long Total, IReadOnlyDictionary<string, long> Conversations, IReadOnlyList<string> MarkedUnread);

/// <summary>A member of a watched conversation has come further.</summary>
/// <param name="DeliveredSeq">As in <see cref="ReceiptResponse"/>.</param>
/// <param name="ReadSeq">As in <see cref="ReceiptResponse"/>.</param>
public sealed record Receipt(string ConversationId, string UserId, long? DeliveredSeq, long? ReadSeq);
