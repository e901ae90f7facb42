using Caas.Core.Messages;

namespace Caas.Core.Entries;

/// <summary>
/// The durable logs. The unique index on (tenant, log, seq) is the sequencer; the one on (tenant, log, actor, client id) makes appends idempotent.
/// Every read sees majority-committed entries only, and at least everything that this store's instance has acknowledged.
/// </summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IEntryStore
{
    /// <summary>How many appends at once are worth it. Default 4: over a network more of them fill the pipe, fewer make larger batches.</summary>
    int UsefulConcurrentAppends => 4;

    /// <summary>
    /// Appends drafts, each with its log's next <see cref="Entry.Seq"/> (1, 2, 3 …, no gaps); those of one log in the given order. Durable when it returns.
    /// A refused draft leaves no hole: the others are stored without it.
    /// </summary>
    /// <returns>One outcome per draft, in their order.</returns>
    /// <exception cref="StoreUnavailableException">Some, all or none are stored: unknown. Appending the same drafts again resolves it.</exception>
    Task<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<EntryDraft> drafts, CancellationToken cancellationToken);

    /// <summary>
    /// The same, for the append pipeline: a store with a thread of its own may complete the task on it before it writes again, so that what the pipeline appends next goes into that very write.
    /// Who awaits it does little, never waits, and gives nobody else this thread.
    /// </summary>
    Task<IReadOnlyList<AppendOutcome>> AppendInTurnAsync(IReadOnlyList<EntryDraft> drafts) => AppendAsync(drafts, CancellationToken.None);

    /// <summary>The newest place of a log.</summary>
    Task<LogTail> ReadTailAsync(LogId log, CancellationToken cancellationToken);

    /// <summary>Entries with seq above <paramref name="afterSeq"/>, ascending, at most <paramref name="limit"/>: always a dense stretch.</summary>
    Task<IReadOnlyList<Entry>> ReadAfterAsync(LogId log, long afterSeq, int limit, CancellationToken cancellationToken);

    /// <summary>The entries with these seqs, in no particular order; missing ones are left out.</summary>
    Task<IReadOnlyList<Entry>> ReadManyAsync(LogId log, IReadOnlyCollection<long> seqs, CancellationToken cancellationToken);

    /// <summary>The entries at these places of a tenant's logs, in no particular order; missing ones are left out.</summary>
    Task<IReadOnlyList<Entry>> ReadManyAsync(TenantId tenant, IReadOnlyCollection<(LogId Log, long Seq)> places, CancellationToken cancellationToken);

    /// <summary>The entry with this id (a message's id is its entry's), or null.</summary>
    Task<Entry?> FindAsync(LogId log, string entryId, CancellationToken cancellationToken);

    /// <summary>The entry that this actor appended with this client id, or null.</summary>
    Task<Entry?> FindByClientIdAsync(LogId log, string? actor, string clientId, CancellationToken cancellationToken);

    /// <summary>Messages only. <see cref="Direction.Older"/>: seq below <paramref name="from"/>, newest first; <see cref="Direction.Newer"/>: above it, oldest first. Costs the same at any depth.</summary>
    Task<IReadOnlyList<Entry>> ReadMessagesAsync(LogId log, Direction direction, long from, int limit, CancellationToken cancellationToken);

    /// <summary>The entries with this <see cref="Entry.Target"/> (a message's seq, or <see cref="EntryTarget.Log"/>) and seq above <paramref name="afterSeq"/>, ascending.</summary>
    Task<IReadOnlyList<Entry>> ReadChangesAsync(LogId log, long target, long afterSeq, int limit, CancellationToken cancellationToken);

    /// <summary>Compare-and-set: replaces the message's state and rev when its rev is still <paramref name="expectedRev"/>.</summary>
    /// <returns>Whether it was.</returns>
    Task<bool> FoldAsync(LogId log, long messageSeq, long expectedRev, MessageState state, long rev, CancellationToken cancellationToken);

    /// <summary>Erasure: clears <see cref="Entry.Data"/> of every entry that targets the message (edits carry texts); seq, type and time stay. Safe to repeat.</summary>
    Task EraseChangesAsync(LogId log, long messageSeq, CancellationToken cancellationToken);
}

/// <summary>Which way a page goes from its cursor.</summary>
public enum Direction
{
    Older,
    Newer,
}

/// <summary>The store could not be asked, did not answer in time, or lost the outcome of a write. The same call may be tried again.</summary>
public sealed class StoreUnavailableException(string message, Exception? innerException = null) : Exception(message, innerException);
