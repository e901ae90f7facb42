using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Blocks;
using Caas.Core.Callers;

namespace Caas.Core.Members;

/// <summary>What stands against a call although the caller's role allows it.</summary>
public sealed class Restrictions(IMemberStore members, BlockDirectory blocks, BanDirectory bans)
{
    /// <exception cref="RefusedException"><c>banned</c>, from the tenant or from the conversation.</exception>
    internal async ValueTask RequireNotBannedAsync(TenantId tenant, UserId user, ConversationId conversation, CancellationToken cancellationToken)
    {
        if (await bans.IsBannedAsync(tenant, user, conversation, cancellationToken) || await bans.IsBannedAsync(tenant, user, conversation: null, cancellationToken))
        {
            throw Refusal.Banned.With($"{user} is banned.");
        }
    }

    /// <exception cref="RefusedException"><c>blocked</c>; <c>not_allowed</c> where the conversation is frozen.</exception>
    internal async ValueTask RequireUnrestrictedAsync(Caller caller, Standing standing, Right right, CancellationToken cancellationToken)
    {
        if (standing.Conversation.Frozen && right is Right.Write or Right.React or Right.EditOwn or Right.Pin or Right.Type && !standing.May(Right.Moderate, caller))
        {
            throw Refusal.NotAllowed.With("The conversation is frozen: only those who moderate it may write.");
        }

        if (caller.User is { } user && standing.Conversation.Type == ConversationType.Direct && right is Right.Write or Right.React or Right.EditOwn or Right.Pin)
        {
            await RequireUnblockedAsync(caller, standing, user, cancellationToken);
        }
    }

    private async ValueTask RequireUnblockedAsync(Caller caller, Standing standing, UserId user, CancellationToken cancellationToken)
    {
        var set = await blocks.FindAsync(caller.Tenant, user, cancellationToken);
        if (!set.IsEmpty && (await members.ListAsync(caller.Tenant, standing.Conversation.Id, after: null, 2, cancellationToken)).Any(member => set.Between(member.User.Value)))
        {
            throw Refusal.Blocked.AsException();
        }
    }
}
