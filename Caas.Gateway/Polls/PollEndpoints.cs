using Caas.Core.Polls;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Polls;

/// <summary><c>/v1/conversations/{id}/messages/{messageId}/poll</c>.</summary>
internal static class PollEndpoints
{
    public static void MapPolls(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/conversations/{conversationId}/messages/{messageId}/poll").WithTags("Polls").AllowCallers(CallerKinds.Backend | CallerKinds.User, "messages")
            .Refuses(Refusal.ConversationNotFound, Refusal.NotAMember, Refusal.MessageNotFound, Refusal.PollNotFound);
        group.MapGet("/", GetAsync).WithName("GetPoll").WithSummary("Get a poll and the caller's vote");
        group.MapPut("/vote", VoteAsync).WithName("VotePoll").WithSummary("Vote in a poll").WithDescription("In place of an earlier vote. Repeating it changes nothing; no option takes the vote back.").MakesEntry().Refuses(Refusal.OnBehalfOfRequired);
        group.MapDelete("/vote", WithdrawAsync).WithName("WithdrawVote").WithSummary("Take one's vote back").WithDescription("Repeating it changes nothing.").MakesEntry().Refuses(Refusal.OnBehalfOfRequired);
        group.MapPost("/close", CloseAsync).WithName("ClosePoll").WithSummary("Close a poll").Idempotent().WithDescription("By its author and by moderators. Final. Closing it again changes nothing.");
    }

    private static async Task<Ok<PollStateResponse>> GetAsync(string conversationId, string messageId, Caller caller, PollService polls, CancellationToken cancellationToken) =>
        TypedResults.Ok(await polls.GetAsync(caller, new(conversationId), messageId, cancellationToken));

    private static async Task<Ok<MessageResponse>> VoteAsync(string conversationId, string messageId, VoteRequest request, IdempotencyKey key, Caller caller, PollService polls, CancellationToken cancellationToken) =>
        TypedResults.Ok((await polls.VoteAsync(caller, new(conversationId), messageId, request.OptionIds, key.Value, cancellationToken)).Message);

    private static async Task<NoContent> WithdrawAsync(string conversationId, string messageId, IdempotencyKey key, Caller caller, PollService polls, CancellationToken cancellationToken)
    {
        await polls.VoteAsync(caller, new(conversationId), messageId, [], key.Value, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<MessageResponse>> CloseAsync(string conversationId, string messageId, Caller caller, PollService polls, CancellationToken cancellationToken) =>
        TypedResults.Ok((await polls.CloseAsync(caller, new(conversationId), messageId, cancellationToken)).Message);
}
