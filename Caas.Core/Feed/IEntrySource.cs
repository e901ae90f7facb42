using Caas.Core.Entries;

namespace Caas.Core.Feed;

/// <summary>Follows the entries of all logs in the order in which they were committed: the row id on SQLite, a change stream (inserts only) on MongoDB.</summary>
public interface IEntrySource
{
    /// <summary>Starts to follow.</summary>
    /// <param name="after">Where to go on: a <see cref="SourceBatch.Position"/>; null: with what is committed from now on; <see cref="SourcePosition.Start"/>: with the first entry.</param>
    /// <exception cref="SourcePositionLostException">The store no longer knows the position; see <see cref="OpenAtTimeAsync"/>.</exception>
    Task<IEntryCursor> OpenAsync(SourcePosition? after, CancellationToken cancellationToken);

    /// <summary>Starts to follow at a time: gives every entry committed at or after it, and perhaps earlier ones.</summary>
    Task<IEntryCursor> OpenAtTimeAsync(DateTimeOffset from, CancellationToken cancellationToken);
}

/// <summary>One follower's place in the source.</summary>
public interface IEntryCursor : IAsyncDisposable
{
    /// <summary>The next entries, at most <paramref name="limit"/>; an empty batch when none came within <paramref name="wait"/>.</summary>
    /// <remarks>Entries of one log come in seq order, except after <see cref="IEntrySource.OpenAtTimeAsync"/>; some may come again. A new entry of this process wakes the wait at once.</remarks>
    /// <exception cref="StoreUnavailableException">Dispose this cursor and open another one after the last position.</exception>
    /// <exception cref="SourcePositionLostException">As in <see cref="IEntrySource.OpenAsync"/>, where only reading finds out.</exception>
    Task<SourceBatch> NextAsync(int limit, TimeSpan wait, CancellationToken cancellationToken);
}

/// <summary>An opaque place in a source.</summary>
public sealed record SourcePosition(string Value)
{
    /// <summary>Before the first entry that there ever was.</summary>
    public static readonly SourcePosition Start = new("start");
}

/// <param name="Position">Where to go on after these entries.</param>
public sealed record SourceBatch(IReadOnlyList<EntryHeader> Entries, SourcePosition Position);

/// <summary>What a follower needs to know of an entry; the rest can be read.</summary>
/// <param name="Thread">As <see cref="Entry.Thread"/>. The feed does not keep it: 0 there.</param>
public sealed record EntryHeader(LogId Log, long Seq, long MessageNo, string Type, long Target, string? ActorId, DateTimeOffset At, long Thread = 0);

/// <summary>The store no longer knows the position (MongoDB: the oplog has moved on).</summary>
public sealed class SourcePositionLostException(string message, Exception? innerException = null) : Exception(message, innerException);
