using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Members;

namespace Caas.Core.Calls;

/// <summary>Where a call takes place, and whose devices ring.</summary>
public sealed class CallGuests(ConversationService conversations, Membership membership, IMemberStore members, BlockDirectory blocks)
{
    /// <summary>The most that are called at once.</summary>
    public const int MostRinging = CallMachine.MostPresent;

    /// <summary>The conversation that a call belongs to, in which the caller may write.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>user_not_found</c>, <c>conversation_not_found</c>, <c>not_a_member</c>, <c>not_allowed</c>, <c>blocked</c>, <c>banned</c>.</exception>
    public async Task<(ConversationId Conversation, bool Direct)> PlaceAsync(Caller caller, StartCallRequest request, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser();
        new Validation()
            .Check(Enum.IsDefined(request.Media), "media", "must be audio or video")
            .Check(request.ConversationId is not null || request.UserIds is { Count: 1 }, "conversationId", "is needed, unless one user is called")
            .Check(request.UserIds is null || IsList(request.UserIds), "userIds", $"must be 1 to {MostRinging} ids of users")
            .Check(request.UserIds?.Contains(user.Value) != true, "userIds", "must not name the caller")
            .ThrowIfAny();
        var id = request.ConversationId is { } named
            ? new(named)
            : new ConversationId((await conversations.CreateAsync(caller, new(ConversationType.Direct, MemberIds: request.UserIds), cancellationToken)).Conversation.Id);
        var standing = await membership.RequireAsync(caller, id, Right.Write, cancellationToken, fresh: true);
        var direct = standing.Conversation.Type == ConversationType.Direct;

        // The tenant's admins may write there; they call in a conversation of their own.
        return direct && standing.Member is null ? throw Refusal.NotAMember.AsException() : (id, direct);
    }

    /// <summary>Of a direct conversation the other one; otherwise those who are named, or all where they are few. Never whom the caller blocks or who blocks the caller.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>member_not_found</c>.</exception>
    public async Task<IReadOnlyList<string>> ToRingAsync(Caller caller, ConversationId conversation, bool direct, IReadOnlyList<string>? named, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser();
        IReadOnlyList<Member> found;
        if (named is null || direct)
        {
            found = await members.ListAsync(caller.Tenant, conversation, after: null, MostRinging + 1, cancellationToken);
            found = found.Count > MostRinging ? [] : found;
        }
        else
        {
            new Validation().Check(IsList(named), "userIds", $"must be 1 to {MostRinging} ids of users").ThrowIfAny();
            found = await members.FindManyAsync(caller.Tenant, conversation, [.. named.Distinct(StringComparer.Ordinal).Select(id => new UserId(id))], cancellationToken);
            if (named.Except(found.Select(member => member.User.Value), StringComparer.Ordinal).FirstOrDefault() is { } stranger)
            {
                throw Refusal.MemberNotFound.With($"{stranger} is not a member of the conversation.");
            }
        }

        var between = await blocks.FindAsync(caller.Tenant, user, cancellationToken);
        return [.. found.Select(member => member.User.Value).Where(id => id != user.Value && !between.Between(id))];
    }

    private static bool IsList(IReadOnlyList<string> userIds) => userIds.Count is >= 1 and <= MostRinging && userIds.All(PublicId.IsValid);
}
