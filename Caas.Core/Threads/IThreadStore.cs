using Caas.Contracts;
using Caas.Core.Entries;

namespace Caas.Core.Threads;

/// <summary>Threads as they stand in the log: the replies to a message, and what adds to them and takes from them.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IThreadStore
{
    /// <summary>
    /// All that changes a message, with seq above <paramref name="afterSeq"/>, ascending: the entries that target it, its replies and their deletions. None that stands between two of them is
    /// missing; where fewer than <paramref name="limit"/> come, none is that was stored before the call.
    /// </summary>
    Task<IReadOnlyList<Entry>> ReadChangesAsync(LogId log, long messageSeq, long afterSeq, int limit, CancellationToken cancellationToken);

    /// <summary>The replies to a message, deleted ones too. <see cref="Direction.Older"/>: seq below <paramref name="from"/>, newest first; <see cref="Direction.Newer"/>: above it, oldest first.</summary>
    Task<IReadOnlyList<Entry>> ReadRepliesAsync(LogId log, long messageSeq, Direction direction, long from, int limit, CancellationToken cancellationToken);

    /// <summary>Counts the replies up to a seq, without those that are marked deleted now. Costs as much as there are.</summary>
    /// <param name="first">How many participants are named.</param>
    Task<ThreadCount> CountAsync(LogId log, long messageSeq, long upToSeq, int first, CancellationToken cancellationToken);
}

/// <param name="Summary">Null: there is none.</param>
public sealed record ThreadCount(int Replies, ThreadSummary? Summary);

/// <summary>For stores: two ascending lists made one.</summary>
public static class ThreadChanges
{
    /// <param name="upTo">Up to here both are whole, unless they were cut at <paramref name="limit"/>.</param>
    public static IReadOnlyList<Entry> Merge(IReadOnlyList<Entry> own, IReadOnlyList<Entry> thread, int limit, long upTo = long.MaxValue)
    {
        var end = Math.Min(upTo, Math.Min(EndOf(own, limit), EndOf(thread, limit)));
        return thread.Count == 0 && end == long.MaxValue ? own : [.. own.Concat(thread).Where(entry => entry.Seq <= end).OrderBy(entry => entry.Seq).Take(limit)];
    }

    private static long EndOf(IReadOnlyList<Entry> list, int limit) => list.Count < limit ? long.MaxValue : list[^1].Seq;
}
