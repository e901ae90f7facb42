using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Json;
using Caas.Core.Paging;

namespace Caas.Core.Members;

/// <summary>Who belongs to a conversation, and as what.</summary>
public sealed class MemberService(IMemberStore members, ConversationWriter writer, Membership membership, MemberDirectory directory, Succession succession, Cursors cursors)
{
    /// <summary>The most users of one call.</summary>
    public const int MostAtOnce = 1000;

    private const string ListName = "members";

    /// <summary>Adds users, all in one entry; for moderators, owners and the backend. Only owners and the backend may add with a role above <c>member</c>.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>user_not_found</c>, <c>not_allowed</c>, <c>limit_reached</c>, <c>banned</c>.</exception>
    public async Task<AddMembersResponse> AddAsync(Caller caller, ConversationId conversation, AddMembersRequest request, CancellationToken cancellationToken)
    {
        new Validation()
            .Check(request.UserIds.Count is > 0 and <= MostAtOnce, "userIds", $"must be 1 to {MostAtOnce}")
            .Check(request.UserIds.All(PublicId.IsValid), "userIds", "must be user ids")
            .ThrowIfAny();
        var role = request.Role ?? MemberRole.Member;
        var standing = await membership.RequireAsync(caller, conversation, role is MemberRole.Owner or MemberRole.Moderator ? Right.ManageRoles : Right.AddMembers, cancellationToken);
        RequireNotDirect(standing.Conversation);
        UserId[] wanted = [.. request.UserIds.Distinct().Select(id => new UserId(id))];
        await directory.RequireActiveAsync(caller.Tenant, wanted, cancellationToken);
        var seq = await AddAsync(caller, conversation, wanted, role, cancellationToken);
        var now = await members.FindManyAsync(caller.Tenant, conversation, wanted, cancellationToken);
        return new([.. now.OrderBy(member => member.User.Value, StringComparer.Ordinal).Select(ConversationViews.Shape)], seq);
    }

    /// <summary>The members, by user id.</summary>
    public async Task<Page<MemberResponse>> ListAsync(Caller caller, ConversationId conversation, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var count = PageLimit.Require(limit);
        var list = ListScope.Of(caller.Tenant, ListName, conversation.Value);
        UserId? after = await cursors.DecodeAsync(list, cursor, 1, cancellationToken) is [var id] ? new UserId(id) : null;
        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var found = await members.ListAsync(caller.Tenant, conversation, after, count + 1, cancellationToken);
        return new([.. found.Take(count).Select(ConversationViews.Shape)], found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].User.Value) : null);
    }

    /// <summary>Changes a member's role; for owners and the backend.</summary>
    public async Task<MemberResponse> UpdateAsync(Caller caller, ConversationId conversation, string userId, UpdateMemberRequest request, CancellationToken cancellationToken)
    {
        new Validation().Check(Enum.IsDefined(request.Role), "role", "must be owner, moderator, member or reader").ThrowIfAny();
        var standing = await membership.RequireAsync(caller, conversation, Right.ManageRoles, cancellationToken);
        RequireNotDirect(standing.Conversation);
        var member = await RequireMemberAsync(caller.Tenant, conversation, new(userId), cancellationToken);
        if (member.Role != request.Role)
        {
            if (caller.User == member.User && await succession.IsLastOwnerAsync(member, cancellationToken))
            {
                throw Refusal.NotAllowed.With("You are the last owner: make somebody else one first.");
            }

            await succession.ChangeAsync(caller, member, request.Role, cancellationToken);
            member = await RequireMemberAsync(caller.Tenant, conversation, member.User, cancellationToken);
        }

        return ConversationViews.Shape(member);
    }

    /// <summary>Removes a member; oneself always, others for moderators (members and readers) and owners. Live delivery to the removed one ends with the entry.</summary>
    public async Task RemoveAsync(Caller caller, ConversationId conversation, string userId, CancellationToken cancellationToken)
    {
        var user = new UserId(userId);
        var self = caller.User == user;
        var standing = await membership.RequireAsync(caller, conversation, self ? Right.Read : Right.RemoveMembers, cancellationToken);
        RequireNotDirect(standing.Conversation);
        var member = await RequireMemberAsync(caller.Tenant, conversation, user, cancellationToken);
        if (!self && member.Role is MemberRole.Owner or MemberRole.Moderator && !standing.May(Right.ManageRoles, caller))
        {
            throw Refusal.NotAllowed.With("Only an owner may remove an owner or a moderator.");
        }

        await succession.RemoveAsync(caller, member, leaves: self, cancellationToken);
    }

    /// <summary>Joins a channel by oneself.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c> for a group or direct conversation.</exception>
    public async Task<MemberResponse> JoinAsync(Caller caller, ConversationId conversation, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser();
        var found = await membership.RequireConversationAsync(caller.Tenant, conversation, cancellationToken);
        if (found.Type != ConversationType.Channel)
        {
            throw Refusal.NotAllowed.With("Only channels can be joined by oneself.");
        }

        await AddAsync(caller, conversation, [user], MemberRole.Member, cancellationToken);
        return ConversationViews.Shape(await RequireMemberAsync(caller.Tenant, conversation, user, cancellationToken));
    }

    /// <summary>Leaves a group or channel. When its last owner leaves, the longest-standing moderator follows, else the longest-standing member.</summary>
    public async Task LeaveAsync(Caller caller, ConversationId conversation, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser();
        var standing = await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        RequireNotDirect(standing.Conversation);
        await succession.RemoveAsync(caller, await RequireMemberAsync(caller.Tenant, conversation, user, cancellationToken), leaves: true, cancellationToken);
    }

    private async Task<long?> AddAsync(Caller caller, ConversationId conversation, UserId[] wanted, MemberRole role, CancellationToken cancellationToken)
    {
        // Whether somebody is a member must not be decided by a row that an unfolded entry has overtaken.
        var current = await writer.FoldAsync(caller.Tenant, conversation, cancellationToken) ?? throw Refusal.ConversationNotFound.AsException();
        var already = (await members.FindManyAsync(caller.Tenant, conversation, wanted, cancellationToken)).Select(member => member.User).ToHashSet();
        UserId[] missing = [.. wanted.Where(user => !already.Contains(user))];
        await directory.RequireNotBannedAsync(caller.Tenant, conversation, missing, cancellationToken);
        if (missing.Length == 0)
        {
            return null;
        }

        if (current.MemberCount + missing.Length > ConversationRules.MaxMembers)
        {
            throw Refusal.LimitReached.With($"A conversation has at most {ConversationRules.MaxMembers} members.");
        }

        var data = new MembersAddedData([.. missing.Select(user => user.Value)], role);
        var (entry, _) = await writer.WriteAsync(caller, conversation, EntryTypes.MemberAdded, data, CoreJsonContext.Default.MembersAddedData, clientId: null, cancellationToken);
        return entry.Seq;
    }

    private async Task<Member> RequireMemberAsync(TenantId tenant, ConversationId conversation, UserId user, CancellationToken cancellationToken) =>
        await members.FindAsync(tenant, conversation, user, cancellationToken) is { Removed: false } member ? member : throw Refusal.MemberNotFound.AsException();

    private static void RequireNotDirect(Conversation conversation)
    {
        if (conversation.Type == ConversationType.Direct)
        {
            throw Refusal.NotAllowed.With("The members of a direct conversation do not change.");
        }
    }
}
