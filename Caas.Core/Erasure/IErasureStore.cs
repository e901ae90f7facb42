using System.Text.Json;
using Caas.Core.Entries;

namespace Caas.Core.Erasure;

/// <summary>
/// Where users stand who are erased. Each adapter has one list of the places that know users: a table (collection) that names them in a way of its own is one line there. Everything is safe to repeat.
/// </summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IErasureStore
{
    /// <summary>Erasures that were asked for and are not completed, of all tenants, the oldest first: those of which no pass has ended, or the first one at <paramref name="passedBy"/> at the latest.</summary>
    /// <param name="after">The last one of the page before; null: from the oldest on.</param>
    Task<IReadOnlyList<UserErasure>> ListAsync(DateTimeOffset passedBy, UserErasure? after, int limit, CancellationToken cancellationToken);

    /// <summary>Notes how far one is.</summary>
    Task SaveAsync(UserErasure erasure, CancellationToken cancellationToken);

    /// <summary>The users, but for the erased one, in whose logs something was done by or to the erased one, who may be under the pseudonym there already.</summary>
    Task<IReadOnlyList<UserId>> FindNamingAsync(UserErasure erasure, CancellationToken cancellationToken);

    /// <summary>The conversations in which the erased one, who may be under the pseudonym there already, has flagged something or something of whom was flagged: one who flagged need not be a member.</summary>
    Task<IReadOnlyList<ConversationId>> FindFlaggedAsync(UserErasure erasure, CancellationToken cancellationToken);

    /// <summary>Writes over entries that are no messages' state: what each rewrite names. Data that was erased meanwhile stays away.</summary>
    Task RewriteAsync(LogId log, IReadOnlyList<EntryRewrite> rewrites, CancellationToken cancellationToken);

    /// <summary>Clears the data of a log's entries, but for those of one type.</summary>
    Task ClearAsync(LogId log, string exceptType, CancellationToken cancellationToken);

    /// <summary>Removes the user's own rows, and puts the pseudonym in place of the id in those of others, in small steps.</summary>
    /// <param name="last">False: the rows that nothing is found by; true: those by which <see cref="FindNamingAsync"/> and <see cref="Exports.IUserTraceStore"/> find the user.</param>
    Task ReplaceAsync(UserErasure erasure, bool last, CancellationToken cancellationToken);

    /// <summary>What was overwritten is gone from what the store writes beside its data, too, as far as that is the store's to decide.</summary>
    Task CompactAsync(CancellationToken cancellationToken);
}

/// <summary>One user's erasure.</summary>
/// <param name="PassedAt">When the first pass over everything ended; null: it has not.</param>
/// <param name="CompletedAt">When the second did.</param>
public sealed record UserErasure(TenantId Tenant, UserId User, string Pseudonym, DateTimeOffset RequestedAt, DateTimeOffset? PassedAt = null, DateTimeOffset? CompletedAt = null);

/// <summary>What is written over of one entry; null: it stays.</summary>
/// <param name="Actor">With it the hash of what was asked for goes.</param>
public sealed record EntryRewrite(long Seq, JsonElement? Data, string? Actor, string? ClientMessageId);
