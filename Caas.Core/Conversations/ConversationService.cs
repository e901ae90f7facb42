using Caas.Contracts;
using Caas.Core.Callers;

namespace Caas.Core.Conversations;

/// <summary>Conversations: created, listed, changed, deleted.</summary>
public sealed class ConversationService
{
    /// <returns>The conversation, and whether it is new: the second <c>direct</c> of the same two people is the first one.</returns>
    public Task<(ConversationResponse Conversation, bool Created)> CreateAsync(Caller caller, CreateConversationRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Page<ConversationResponse>> ListAsync(Caller caller, int? limit, string? cursor, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<ConversationResponse> GetAsync(Caller caller, ConversationId id, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<ConversationResponse> UpdateAsync(Caller caller, ConversationId id, UpdateConversationRequest request, string? clientId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task DeleteAsync(Caller caller, ConversationId id, CancellationToken cancellationToken) => throw new NotImplementedException();
}
