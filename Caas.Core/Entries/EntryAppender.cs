namespace Caas.Core.Entries;

/// <summary>
/// The append pipeline: the one way into every log. Group commit: at most one write per log is in flight; what waits goes together. No timer delays a lone entry.
/// An unknown outcome is resolved by appending the same drafts again, for up to 10 s.
/// </summary>
public sealed class EntryAppender
{
    /// <summary>Appends one draft; durable when it returns.</summary>
    /// <returns>The stored entry, and whether it was stored before.</returns>
    /// <exception cref="RefusedException"><c>client_message_id_reused</c>, <c>id_taken</c> (for <see cref="EntryDraft.OnlyFirst"/>), <c>unavailable</c>: unknown, try again with the same client id.</exception>
    public Task<(Entry Entry, bool Duplicate)> AppendAsync(EntryDraft draft, CancellationToken cancellationToken) => throw new NotImplementedException();
}
