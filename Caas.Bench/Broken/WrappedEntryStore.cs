using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Messages;

namespace Caas.Bench.Broken;

/// <summary>A store that passes everything on, for those below to do one thing wrong.</summary>
internal abstract class WrappedEntryStore(IEntryStore inner) : IEntryStore
{
    protected IEntryStore Inner { get; } = inner;

    public int UsefulConcurrentAppends => Inner.UsefulConcurrentAppends;

    public virtual Task<IReadOnlyList<AppendOutcome>> AppendAsync(IReadOnlyList<EntryDraft> drafts, CancellationToken cancellationToken) => Inner.AppendAsync(drafts, cancellationToken);

    public Task<LogTail> ReadTailAsync(LogId log, CancellationToken cancellationToken) => Inner.ReadTailAsync(log, cancellationToken);

    public async Task<IReadOnlyList<Entry>> ReadAfterAsync(LogId log, long afterSeq, int limit, CancellationToken cancellationToken) =>
        [.. (await Inner.ReadAfterAsync(log, afterSeq, limit, cancellationToken)).Select(Show)];

    public async Task<IReadOnlyList<Entry>> ReadManyAsync(LogId log, IReadOnlyCollection<long> seqs, CancellationToken cancellationToken) =>
        [.. (await Inner.ReadManyAsync(log, seqs, cancellationToken)).Select(Show)];

    public async Task<Entry?> FindByClientIdAsync(LogId log, string? actor, string clientId, CancellationToken cancellationToken) =>
        await Inner.FindByClientIdAsync(log, actor, clientId, cancellationToken) is { } entry ? Show(entry) : null;

    public async Task<Entry?> FindAsync(LogId log, string entryId, CancellationToken cancellationToken) =>
        await Inner.FindAsync(log, entryId, cancellationToken) is { } entry ? Show(entry) : null;

    public async Task<IReadOnlyList<Entry>> ReadManyAsync(TenantId tenant, IReadOnlyCollection<(LogId Log, long Seq)> places, CancellationToken cancellationToken) =>
        [.. (await Inner.ReadManyAsync(tenant, places, cancellationToken)).Select(Show)];

    public async Task<IReadOnlyList<Entry>> ReadMessagesAsync(LogId log, Direction direction, long from, int limit, CancellationToken cancellationToken) =>
        [.. (await Inner.ReadMessagesAsync(log, direction, from, limit, cancellationToken)).Select(Show)];

    public async Task<IReadOnlyList<Entry>> ReadChangesAsync(LogId log, long target, long afterSeq, int limit, CancellationToken cancellationToken) =>
        [.. (await Inner.ReadChangesAsync(log, target, afterSeq, limit, cancellationToken)).Select(Show)];

    public Task<bool> FoldAsync(LogId log, long messageSeq, long expectedRev, MessageState state, long rev, CancellationToken cancellationToken) =>
        Inner.FoldAsync(log, messageSeq, expectedRev, state, rev, cancellationToken);

    public Task EraseChangesAsync(LogId log, long messageSeq, CancellationToken cancellationToken) => Inner.EraseChangesAsync(log, messageSeq, cancellationToken);

    /// <summary>An entry as those above see it.</summary>
    protected virtual Entry Show(Entry entry) => entry;
}
