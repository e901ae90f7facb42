using Caas.Core.OwnViews;
using Caas.Gateway.Callers;
using Caas.Gateway.Problems;

namespace Caas.Gateway.OwnViews;

/// <summary><c>/v1/conversations/{id}/me</c>.</summary>
internal static class OwnViewEndpoints
{
    public static void MapOwnViews(this IEndpointRouteBuilder v1) =>
        v1.MapPatch("/conversations/{conversationId}/me", UpdateAsync).WithTags("Conversations").WithName("UpdateOwnView").WithSummary("Mute, hide, archive, pin, or mark as unread")
            .WithDescription("How the caller alone sees the conversation. Hidden: not listed until the next message. Archived: not listed, whatever comes. Marked as unread: until the caller marks something as read, sends, or takes it back.")
            .AllowCallers(CallerKinds.Backend | CallerKinds.User, "conversations").Refuses(Refusal.ConversationNotFound, Refusal.NotAMember, Refusal.OnBehalfOfRequired);

    private static async Task<Ok<OwnMemberResponse>> UpdateAsync(string conversationId, UpdateOwnViewRequest request, Caller caller, OwnViewService views, CancellationToken cancellationToken) =>
        TypedResults.Ok(await views.UpdateAsync(caller, new(conversationId), request, cancellationToken));
}
