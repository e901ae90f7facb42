using Caas.Contracts;
using Caas.Core.Entries;

namespace Caas.Core.Flags;

/// <summary>The messages that were flagged, as projected from the logs <c>$flags/{conversation}</c>: one row per message.</summary>
/// <remarks>Every method may throw <see cref="StoreUnavailableException"/>.</remarks>
public interface IFlagStore
{
    /// <summary>A flagged message's row; null: nobody has flagged it.</summary>
    Task<FlagCase?> FindAsync(TenantId tenant, string messageId, CancellationToken cancellationToken);

    /// <summary>Compare-and-set: stores the row where the stored one's rev is still <paramref name="expectedRev"/>.</summary>
    /// <param name="expectedRev">Null: there is none yet.</param>
    /// <returns>Whether it was.</returns>
    Task<bool> SaveAsync(TenantId tenant, FlagCase flagged, long? expectedRev, CancellationToken cancellationToken);

    /// <summary>Rows by <see cref="FlagCase.OpenedAt"/> and then by the message's id, newest first, before a place.</summary>
    Task<IReadOnlyList<FlagCase>> ListAsync(TenantId tenant, FlagFilter filter, FlagPlace? before, int limit, CancellationToken cancellationToken);
}

/// <summary>A message that was flagged.</summary>
/// <param name="Sender">Null: the tenant's backend.</param>
/// <param name="OpenedAt">When it came, or came again, to be looked at; in whole milliseconds.</param>
/// <param name="Rev">The seq of the last entry of its flags' log that is folded in.</param>
public sealed record FlagCase(string MessageId, ConversationId Conversation, long MessageSeq, string? Sender, FlagStatus Status, DateTimeOffset OpenedAt, FlagDetails Details, long Rev);

/// <summary>What else is kept of it. Stored as JSON.</summary>
/// <param name="Reasons">The newest, newest first.</param>
public sealed record FlagDetails(int Count, DateTimeOffset LastAt, IReadOnlyList<FlagReason> Reasons, FlagResolution? Resolution);

/// <summary>Which rows of a tenant are asked for; null: whatever.</summary>
public sealed record FlagFilter(FlagStatus? Status, ConversationId? Conversation, string? Sender);

/// <summary>A place in a list of flagged messages.</summary>
public sealed record FlagPlace(DateTimeOffset OpenedAt, string MessageId);
