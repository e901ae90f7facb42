using Caas.Core.Entries;

namespace Caas.Core.Exports;

/// <summary>Where a user has left traces.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IUserTraceStore
{
    /// <summary>Looks through some of the tenant's conversations, also the deleted ones, for those that the user is or was a member of or appended an entry to.</summary>
    /// <param name="after">Where the last look ended; null: at the start.</param>
    Task<UserTraces> FindConversationsAsync(TenantId tenant, UserId user, ConversationId? after, CancellationToken cancellationToken);

    /// <summary>Entries of a log that the user appended, with seq above <paramref name="afterSeq"/>, ascending. Looks through a bounded stretch of the log, however few of its entries are the user's.</summary>
    Task<UserEntries> ReadByActorAsync(LogId log, UserId actor, long afterSeq, int limit, CancellationToken cancellationToken);
}

/// <param name="Conversations">By id ascending (ordinal); perhaps none.</param>
/// <param name="Next">Where to go on; null: all were looked at.</param>
public sealed record UserTraces(IReadOnlyList<ConversationId> Conversations, ConversationId? Next);

/// <param name="Entries">Perhaps none.</param>
/// <param name="Next">Behind which seq to go on; null: that was all.</param>
public sealed record UserEntries(IReadOnlyList<Entry> Entries, long? Next);
