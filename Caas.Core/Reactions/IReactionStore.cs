using Caas.Contracts;
using Caas.Core.Entries;

namespace Caas.Core.Reactions;

/// <summary>Who reacted to what: one row per (message, emoji, user). The message's state holds counts and the first 20.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IReactionStore
{
    /// <summary>Stores rows, each only where its <see cref="Reaction.Seq"/> is above the stored one (the latest entry wins). Safe to repeat.</summary>
    Task ApplyAsync(LogId log, IReadOnlyList<Reaction> reactions, CancellationToken cancellationToken);

    /// <summary>The row, also of a reaction that was removed; null: there never was one.</summary>
    Task<Reaction?> FindAsync(LogId log, long messageSeq, string emoji, UserId user, CancellationToken cancellationToken);

    /// <summary>Per emoji that has any: how many reacted, and the first <paramref name="first"/> by seq.</summary>
    Task<IReadOnlyDictionary<string, ReactionSummary>> SummarizeAsync(LogId log, long messageSeq, int first, CancellationToken cancellationToken);

    /// <summary>Erasure: removes the rows of a message. Safe to repeat.</summary>
    Task EraseAsync(LogId log, long messageSeq, CancellationToken cancellationToken);
}

/// <summary>One user's reaction with one emoji.</summary>
/// <param name="Seq">The seq of the entry that added or removed it last.</param>
public sealed record Reaction(long MessageSeq, string Emoji, UserId User, long Seq, bool Removed);
