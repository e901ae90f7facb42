using Caas.Contracts;

namespace Caas.Core.Members;

/// <summary>Members as projected from their conversations' logs; written by <see cref="Conversations.IConversationStore.FoldAsync"/>.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IMemberStore
{
    /// <summary>The member, also when removed; null: never was one.</summary>
    Task<Member?> FindAsync(TenantId tenant, ConversationId conversation, UserId user, CancellationToken cancellationToken);

    /// <summary>Those of <paramref name="users"/> who are members now.</summary>
    Task<IReadOnlyList<Member>> FindManyAsync(TenantId tenant, ConversationId conversation, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken);

    /// <summary>One user's memberships now in some conversations, in no particular order.</summary>
    Task<IReadOnlyList<Member>> FindManyAsync(TenantId tenant, UserId user, IReadOnlyCollection<ConversationId> conversations, CancellationToken cancellationToken);

    /// <summary>The members now, by user id ascending (ordinal), after <paramref name="after"/>.</summary>
    Task<IReadOnlyList<Member>> ListAsync(TenantId tenant, ConversationId conversation, UserId? after, int limit, CancellationToken cancellationToken);

    /// <summary>The members now who have this role, longest-standing first (by the entry that added them, then by user id, ordinal). Looks at all members: for what is rare.</summary>
    Task<IReadOnlyList<Member>> ListByRoleAsync(TenantId tenant, ConversationId conversation, MemberRole role, int limit, CancellationToken cancellationToken);
}
