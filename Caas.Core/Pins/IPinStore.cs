using Caas.Core.Entries;

namespace Caas.Core.Pins;

/// <summary>Which messages are pinned, newest pin first: one row per message that ever was. The message's state holds only when.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IPinStore
{
    /// <summary>Stores a row where its <see cref="Pin.Seq"/> is above the stored one (the latest entry wins). Safe to repeat.</summary>
    Task ApplyAsync(LogId log, Pin pin, CancellationToken cancellationToken);

    /// <summary>The row, also of a message that was unpinned; null: it never was pinned.</summary>
    Task<Pin?> FindAsync(LogId log, long messageSeq, CancellationToken cancellationToken);

    /// <summary>Those pinned now whose <see cref="Pin.Seq"/> is below <paramref name="beforeSeq"/>, newest first.</summary>
    Task<IReadOnlyList<Pin>> ListAsync(LogId log, long beforeSeq, int limit, CancellationToken cancellationToken);
}

/// <summary>A message that is, or was, pinned.</summary>
/// <param name="By">Who did it; null: the tenant's backend.</param>
/// <param name="Seq">The seq of the entry that pinned or unpinned it last, or deleted the message.</param>
public sealed record Pin(long MessageSeq, UserId? By, long Seq, bool Removed);
