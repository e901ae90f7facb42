using Caas.Core.Callers;

namespace Caas.Core.Members;

/// <summary>Who may do what in a conversation. Cached for at most 5 s; delivering <c>member.removed</c> or a revocation drops it at once.</summary>
public sealed class Membership
{
    /// <summary>The caller's standing in a conversation.</summary>
    /// <exception cref="RefusedException"><c>conversation_not_found</c> (also for another tenant's, and for a group or direct conversation that a user never belonged to), <c>not_a_member</c>, <c>not_allowed</c>, <c>banned</c>.</exception>
    public Task<Standing> RequireAsync(Caller caller, ConversationId conversation, Right right, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Forgets what is cached of a conversation, or of one user in it.</summary>
    public void Forget(TenantId tenant, ConversationId conversation, UserId? user) => throw new NotImplementedException();
}

/// <summary>What a call wants to do.</summary>
public enum Right
{
    Read,
    Write,
    Moderate,
    Own,
}

/// <param name="Member">Null for a backend that speaks for the tenant, and for a tenant admin who is no member.</param>
public sealed record Standing(Conversations.Conversation Conversation, Member? Member);
