using Caas.Core.Entries;

namespace Caas.Core.Feed;

/// <summary>
/// What is projected from logs. Calls write their projection themselves, at once; the projector calls this for every entry afterwards, so that a crash between
/// append and projection is repaired. Registered as services; all that handle a log are called.
/// </summary>
public interface ILogProjection
{
    /// <summary>Whether the log is projected here.</summary>
    bool Handles(LogId log);

    /// <summary>
    /// Brings the projection up to (at least) the newest of these entries. Called at least once per entry, in seq order per log and never twice at once for a log by one
    /// projector, though a zombie may still be in it, and calls write too: compare-and-set on the rev. Cheap where nothing is missing.
    /// </summary>
    /// <param name="headers">New entries of this log, ascending.</param>
    /// <exception cref="StoreUnavailableException">Tried again until the store is back. Any other exception: tried a few times, then logged and skipped.</exception>
    Task RepairAsync(LogId log, IReadOnlyList<EntryHeader> headers, CancellationToken cancellationToken);
}
