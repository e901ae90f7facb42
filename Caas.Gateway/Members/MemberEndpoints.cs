using Caas.Core.Members;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Members;

/// <summary><c>/v1/conversations/{id}/members</c>, <c>…/join</c> and <c>…/leave</c>.</summary>
internal static class MemberEndpoints
{
    public static void MapMembers(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/conversations/{conversationId}").WithTags("Members").AllowCallers(CallerKinds.Backend | CallerKinds.User, "conversations").Refuses(Refusal.ConversationNotFound, Refusal.NotAMember);
        group.MapPost("/members", AddAsync).WithName("AddMembers").WithSummary("Add up to 1,000 members").Idempotent().Refuses(Refusal.UserNotFound, Refusal.LimitReached);
        group.MapGet("/members", ListAsync).WithName("ListMembers").WithSummary("List members").Refuses(Refusal.InvalidCursor);
        group.MapPatch("/members/{userId}", UpdateAsync).WithName("UpdateMember").WithSummary("Change a member's role").Refuses(Refusal.MemberNotFound);
        group.MapDelete("/members/{userId}", RemoveAsync).WithName("RemoveMember").WithSummary("Remove a member").Refuses(Refusal.MemberNotFound);
        group.MapPost("/join", JoinAsync).WithName("JoinConversation").WithSummary("Join a channel").Idempotent().Refuses(Refusal.OnBehalfOfRequired, Refusal.LimitReached);
        group.MapPost("/leave", LeaveAsync).WithName("LeaveConversation").WithSummary("Leave a conversation").WithDescription("When the last owner leaves, the longest-standing moderator becomes owner, else the longest-standing member; readers do not.").Idempotent().Refuses(Refusal.OnBehalfOfRequired);
    }

    private static async Task<Ok<AddMembersResponse>> AddAsync(string conversationId, AddMembersRequest request, Caller caller, MemberService members, CancellationToken cancellationToken) =>
        TypedResults.Ok(await members.AddAsync(caller, new(conversationId), request, cancellationToken));

    private static async Task<Ok<Page<MemberResponse>>> ListAsync(string conversationId, int? limit, string? cursor, Caller caller, MemberService members, CancellationToken cancellationToken) =>
        TypedResults.Ok(await members.ListAsync(caller, new(conversationId), limit, cursor, cancellationToken));

    private static async Task<Ok<MemberResponse>> UpdateAsync(string conversationId, string userId, UpdateMemberRequest request, Caller caller, MemberService members, CancellationToken cancellationToken) =>
        TypedResults.Ok(await members.UpdateAsync(caller, new(conversationId), userId, request, cancellationToken));

    private static async Task<NoContent> RemoveAsync(string conversationId, string userId, Caller caller, MemberService members, CancellationToken cancellationToken)
    {
        await members.RemoveAsync(caller, new(conversationId), userId, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<MemberResponse>> JoinAsync(string conversationId, Caller caller, MemberService members, CancellationToken cancellationToken) =>
        TypedResults.Ok(await members.JoinAsync(caller, new(conversationId), cancellationToken));

    private static async Task<NoContent> LeaveAsync(string conversationId, Caller caller, MemberService members, CancellationToken cancellationToken)
    {
        await members.LeaveAsync(caller, new(conversationId), cancellationToken);
        return TypedResults.NoContent();
    }
}
