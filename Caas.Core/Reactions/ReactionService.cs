using Caas.Core.Callers;
using Caas.Core.Messages;

namespace Caas.Core.Reactions;

/// <summary>Reactions: one per user, emoji and message. Repeating one changes nothing.</summary>
public sealed class ReactionService
{
    public Task<ChangedMessage> AddAsync(Caller caller, ConversationId conversation, string messageId, string emoji, string? clientId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<ChangedMessage> RemoveAsync(Caller caller, ConversationId conversation, string messageId, string emoji, string? clientId, CancellationToken cancellationToken) => throw new NotImplementedException();
}
