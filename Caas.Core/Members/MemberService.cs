using Caas.Contracts;
using Caas.Core.Callers;

namespace Caas.Core.Members;

/// <summary>Who belongs to a conversation, and as what.</summary>
public sealed class MemberService
{
    public Task<AddMembersResponse> AddAsync(Caller caller, ConversationId conversation, AddMembersRequest request, string? clientId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Page<MemberResponse>> ListAsync(Caller caller, ConversationId conversation, int? limit, string? cursor, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<MemberResponse> UpdateAsync(Caller caller, ConversationId conversation, string userId, UpdateMemberRequest request, string? clientId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task RemoveAsync(Caller caller, ConversationId conversation, string userId, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Joins a channel by oneself.</summary>
    public Task<MemberResponse> JoinAsync(Caller caller, ConversationId conversation, string? clientId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task LeaveAsync(Caller caller, ConversationId conversation, string? clientId, CancellationToken cancellationToken) => throw new NotImplementedException();
}
