using Caas.Core.Members;

namespace Caas.Core.OwnViews;

/// <summary>How members see conversations. The last call wins, field by field.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IOwnViewStore
{
    /// <summary>Sets what the change names; all of it is durable when it returns.</summary>
    /// <returns>The member after it; null: the user is none.</returns>
    Task<Member?> ChangeAsync(TenantId tenant, ConversationId conversation, UserId user, OwnViewChange change, CancellationToken cancellationToken);
}
