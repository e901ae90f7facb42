using Caas.Core.Members;
using Caas.Core.OwnViews;

namespace Caas.Core.Conversations;

/// <summary>Conversations as projected from their logs. Nothing here is truth: all of it can be built again from the entries.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IConversationStore
{
    /// <summary>The conversation, also when it is deleted; null: there never was one.</summary>
    Task<Conversation?> FindAsync(TenantId tenant, ConversationId id, CancellationToken cancellationToken);

    /// <summary>Some conversations, also deleted ones, in no particular order; those that never were are left out.</summary>
    Task<IReadOnlyList<Conversation>> FindManyAsync(TenantId tenant, IReadOnlyCollection<ConversationId> ids, CancellationToken cancellationToken);

    /// <summary>
    /// Stores members (each only where its <see cref="Member.Rev"/> is above the stored one), then the conversation when its rev is still <paramref name="expectedRev"/>
    /// (null: it is not stored yet). The stored summary stays as it is. <see cref="Conversation.MemberCount"/> is set to the number of active members.
    /// </summary>
    /// <returns>Whether the conversation was stored.</returns>
    Task<bool> FoldAsync(Conversation conversation, long? expectedRev, IReadOnlyList<Member> members, CancellationToken cancellationToken);

    /// <summary>Raises summaries; a stored value that is higher stays. Conversations that are not stored yet are skipped.</summary>
    Task SummarizeAsync(IReadOnlyList<(TenantId Tenant, ConversationId Id, ConversationSummary Summary)> summaries, CancellationToken cancellationToken);

    /// <summary>A user's conversations that the filter wants, not deleted, latest activity first (then by id), at most <paramref name="limit"/>, below <paramref name="before"/>.</summary>
    Task<IReadOnlyList<(Conversation Conversation, Member Member)>> ListForUserAsync(TenantId tenant, UserId user, OwnViewFilter filter, ConversationCursor? before, int limit, CancellationToken cancellationToken);

    /// <summary>The tenant's conversations, not deleted, latest activity first (then by id), at most <paramref name="limit"/>, below <paramref name="before"/>.</summary>
    Task<IReadOnlyList<Conversation>> ListForTenantAsync(TenantId tenant, ConversationCursor? before, int limit, CancellationToken cancellationToken);

    /// <summary>The tenant's deleted conversations by id, at most <paramref name="limit"/>, after <paramref name="after"/>.</summary>
    Task<IReadOnlyList<Conversation>> ListDeletedAsync(TenantId tenant, ConversationId? after, int limit, CancellationToken cancellationToken);

    /// <summary>How many conversations that are not deleted, and messages in them, the tenant has.</summary>
    Task<(long Conversations, long Messages)> CountAsync(TenantId tenant, CancellationToken cancellationToken);

    /// <summary>How many conversations that are not deleted a tenant has; costs less than <see cref="CountAsync"/>.</summary>
    Task<long> CountStandingAsync(TenantId tenant, CancellationToken cancellationToken);
}

/// <summary>A place in a list by activity: strictly below it in (LastActivityAt, Id), both descending.</summary>
public sealed record ConversationCursor(DateTimeOffset LastActivityAt, string Id);
