using Caas.Core.Entries;

namespace Caas.Core.Receipts;

/// <summary>
/// How far members have come: two cursors each, state and no entries, since they change too often. They stand beside the member's projection, which never lowers them.
/// </summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IReceiptStore
{
    /// <summary>Moves cursors forward, all of them in one write where the store can; one that is further stays. Whatever is read takes back that the conversation was marked as unread. Users who are not members are skipped. Durable when it returns.</summary>
    /// <param name="moves">None beyond the end of its log.</param>
    /// <returns>Those that moved (or were marked as unread), as they stand now.</returns>
    Task<IReadOnlyList<MovedCursors>> MoveAsync(IReadOnlyList<CursorMove> moves, CancellationToken cancellationToken);

    /// <summary>How many messages are deleted in each stretch. Costs what there is of them, not what the log holds.</summary>
    Task<IReadOnlyList<long>> CountDeletedAsync(IReadOnlyList<LogStretch> stretches, CancellationToken cancellationToken);

    /// <summary>How many messages of some senders each stretch holds that are not deleted. Costs what the senders wrote, or what the stretch holds, whichever is less: for the few readers from whom senders are hidden.</summary>
    Task<IReadOnlyList<long>> CountSentAsync(IReadOnlyList<SentStretch> stretches, CancellationToken cancellationToken);

    /// <summary>A user's conversations (not deleted, hidden or archived) with messages behind the read cursor that others sent and that are not deleted, as far as the projector has come, and those that are marked as unread; in no particular order.</summary>
    Task<IReadOnlyList<UnreadConversation>> ListUnreadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken);

    /// <summary>The members now who were members when the message was sent and have it, by user id ascending (ordinal), after <paramref name="after"/>.</summary>
    Task<IReadOnlyList<MovedCursors>> ListReachedAsync(LogId log, long messageSeq, UserId? after, int limit, CancellationToken cancellationToken);
}

/// <summary>How far a member wants its cursors.</summary>
/// <param name="DeliveredSeq">0: as it is. The read cursor takes it along.</param>
/// <param name="ReadSeq">0: as it is.</param>
/// <param name="ReadMessageNo">How many messages the log holds up to <paramref name="ReadSeq"/>; null: the store looks.</param>
public sealed record CursorMove(LogId Log, UserId User, long DeliveredSeq, long ReadSeq, long? ReadMessageNo = null);

/// <summary>A member's cursors as they stand.</summary>
public sealed record MovedCursors(LogId Log, UserId User, long DeliveredSeq, long ReadSeq);

/// <summary>Entries of a log with seq above <paramref name="After"/>, up to <paramref name="UpTo"/>.</summary>
public readonly record struct LogStretch(LogId Log, long After, long UpTo);

/// <param name="Senders">Whose messages are counted.</param>
public sealed record SentStretch(LogStretch Stretch, IReadOnlyCollection<string> Senders);

/// <param name="Unread">0 only where it is marked as unread.</param>
/// <param name="ReadSeq">Read up to here.</param>
/// <param name="LastSeq">How far the projector has come.</param>
public sealed record UnreadConversation(ConversationId Id, long Unread, bool MarkedUnread = false, long ReadSeq = 0, long LastSeq = 0);
