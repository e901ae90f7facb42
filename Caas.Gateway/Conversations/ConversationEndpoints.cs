using Caas.Core.Channels;
using Caas.Core.Conversations;
using Caas.Core.OwnViews;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Conversations;

/// <summary><c>/v1/conversations</c>.</summary>
internal static class ConversationEndpoints
{
    public static void MapConversations(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/conversations").WithTags("Conversations").AllowCallers(CallerKinds.Backend | CallerKinds.User, "conversations");
        group.MapPost("/", CreateAsync).WithName("CreateConversation").WithSummary("Create a conversation").Idempotent().Refuses(Refusal.UserNotFound, Refusal.IdTaken)
            .WithDescription("The same two people's `direct` is one conversation: 200 the second time. Once it was deleted they get a fresh one. A user who creates a group or channel owns it; one that the backend creates for nobody has those owners that `members` names, and perhaps none.");
        group.MapPost("/batch", UpsertManyAsync).WithName("UpsertConversations").WithSummary("Create or change up to 100 groups and channels").Idempotent().AllowCallers(CallerKinds.Backend, "conversations")
            .WithDescription("Each needs an `id`. One that is there gets the name and custom data of the batch (as a whole) and those members who are missing; nobody is removed, no role is changed. All are checked before the first is stored; what one alone is refused for stands in its item.");
        group.MapGet("/", ListAsync).WithName("ListConversations").WithSummary("List the caller's conversations, latest activity first").Refuses(Refusal.InvalidCursor, Refusal.OnBehalfOfRequired)
            .WithDescription("Those that the caller has neither archived nor hidden; with `archived=true` or `hidden=true` those instead, with `pinned` only those that are pinned, or not. For a backend that names no user: all of the tenant.");
        v1.MapGet("/channels", ListChannelsAsync).WithTags("Conversations").AllowCallers(CallerKinds.Backend | CallerKinds.User, "conversations").WithName("ListChannels").WithSummary("List channels that one may join, latest activity first").Refuses(Refusal.InvalidCursor)
            .WithDescription("Of a user those that the user does not belong to; of a backend that names no user all. `query`: those whose id or name holds it, whatever its case. A page may have fewer items than its limit.");
        group.MapGet("/{conversationId}", GetAsync).WithName("GetConversation").WithSummary("Get a conversation").Refuses(Refusal.ConversationNotFound, Refusal.NotAMember);
        group.MapPatch("/{conversationId}", UpdateAsync).WithName("UpdateConversation").WithSummary("Change a conversation").WithDescription("Name and custom data, and, by those who moderate it, whether it is frozen, and slow mode.").Refuses(Refusal.ConversationNotFound, Refusal.NotAMember);
        group.MapDelete("/{conversationId}", DeleteAsync).WithName("DeleteConversation").WithSummary("Delete a conversation").Refuses(Refusal.ConversationNotFound, Refusal.NotAMember)
            .WithDescription("Live connections leave it within 5 s; its id is never given again.");
    }

    private static async Task<Results<Created<ConversationResponse>, Ok<ConversationResponse>>> CreateAsync(CreateConversationRequest request, Caller caller, ConversationService conversations, CancellationToken cancellationToken)
    {
        var (conversation, created) = await conversations.CreateAsync(caller, request, cancellationToken);
        return created ? TypedResults.Created($"/v1/conversations/{conversation.Id}", conversation) : TypedResults.Ok(conversation);
    }

    private static async Task<Ok<UpsertConversationsResponse>> UpsertManyAsync(UpsertConversationsRequest request, Caller caller, ConversationBatch batch, CancellationToken cancellationToken) =>
        TypedResults.Ok(await batch.UpsertAsync(caller, request, cancellationToken));

    private static async Task<Ok<Page<ChannelResponse>>> ListChannelsAsync(string? query, int? limit, string? cursor, Caller caller, ChannelService channels, CancellationToken cancellationToken) =>
        TypedResults.Ok(await channels.ListAsync(caller, query, limit, cursor, cancellationToken));

    private static async Task<Ok<Page<ConversationResponse>>> ListAsync(bool? archived, bool? hidden, bool? pinned, int? limit, string? cursor, Caller caller, ConversationReader conversations, CancellationToken cancellationToken) =>
        TypedResults.Ok(await conversations.ListAsync(caller, (archived ?? hidden ?? pinned) is null ? null : new OwnViewFilter(archived ?? false, hidden ?? false, pinned), limit, cursor, cancellationToken));

    private static async Task<Ok<ConversationResponse>> GetAsync(string conversationId, Caller caller, ConversationReader conversations, CancellationToken cancellationToken) =>
        TypedResults.Ok(await conversations.GetAsync(caller, new(conversationId), cancellationToken));

    private static async Task<Ok<ConversationResponse>> UpdateAsync(string conversationId, UpdateConversationRequest request, Caller caller, ConversationService conversations, CancellationToken cancellationToken) =>
        TypedResults.Ok(await conversations.UpdateAsync(caller, new(conversationId), request, cancellationToken));

    private static async Task<NoContent> DeleteAsync(string conversationId, Caller caller, ConversationService conversations, CancellationToken cancellationToken)
    {
        await conversations.DeleteAsync(caller, new(conversationId), cancellationToken);
        return TypedResults.NoContent();
    }
}
