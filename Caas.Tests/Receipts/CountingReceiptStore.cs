using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Receipts;

namespace Caas.Tests.Receipts;

/// <summary>Counts the writes that come from marks, and fails while it is told to.</summary>
internal sealed class CountingReceiptStore(IReceiptStore inner) : IReceiptStore
{
    private int _writes;

    public int Writes => Volatile.Read(ref _writes);

    public volatile bool Gone;

    public Task<IReadOnlyList<MovedCursors>> MoveAsync(IReadOnlyList<CursorMove> moves, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _writes);
        return Gone ? throw new StoreUnavailableException("gone") : inner.MoveAsync(moves, cancellationToken);
    }

    public Task<IReadOnlyList<long>> CountDeletedAsync(IReadOnlyList<LogStretch> stretches, CancellationToken cancellationToken) => inner.CountDeletedAsync(stretches, cancellationToken);

    public Task<IReadOnlyList<long>> CountSentAsync(IReadOnlyList<SentStretch> stretches, CancellationToken cancellationToken) => inner.CountSentAsync(stretches, cancellationToken);

    public Task<IReadOnlyList<UnreadConversation>> ListUnreadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) => inner.ListUnreadAsync(tenant, user, cancellationToken);

    public Task<IReadOnlyList<MovedCursors>> ListReachedAsync(LogId log, long messageSeq, UserId? after, int limit, CancellationToken cancellationToken) => inner.ListReachedAsync(log, messageSeq, after, limit, cancellationToken);
}
