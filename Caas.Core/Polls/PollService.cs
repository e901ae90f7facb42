using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Reactions;
using Caas.Core.Visibility;

namespace Caas.Core.Polls;

/// <summary>Votes in polls: one per user, which a later one replaces. Repeating one changes nothing.</summary>
public sealed class PollService(IReactionStore rows, MessageWriter writer, Membership membership, TimeProvider clock)
{
    /// <summary>The poll, and what the caller chose.</summary>
    /// <exception cref="RefusedException"><c>conversation_not_found</c>, <c>not_a_member</c>, <c>message_not_found</c>, <c>poll_not_found</c>.</exception>
    public async Task<PollStateResponse> GetAsync(Caller caller, ConversationId conversation, string messageId, CancellationToken cancellationToken)
    {
        await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var (message, poll) = await FindAsync(caller, conversation, messageId, cancellationToken);
        return new(message.Message!.SeenBy(caller.User).Poll ?? poll, caller.User is { } user ? [.. (await OwnAsync(message, poll, user, cancellationToken)).Where(row => !row.Removed).Select(row => row.Emoji[PollFold.KeyOf("").Length..])] : null);
    }

    /// <summary>Votes, in place of an earlier vote.</summary>
    /// <param name="optionIds">Empty: takes the vote back.</param>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>poll_not_found</c>, <c>not_allowed</c> (also once the poll is closed), <c>on_behalf_of_required</c>.</exception>
    public async Task<ChangedMessage> VoteAsync(Caller caller, ConversationId conversation, string messageId, IReadOnlyList<string> optionIds, string? clientId, CancellationToken cancellationToken)
    {
        var user = caller.RequireUser();
        MessageRules.ClientId(new(), clientId).ThrowIfAny();
        await membership.RequireAsync(caller, conversation, Right.React, cancellationToken);
        var (message, poll) = await FindAsync(caller, conversation, messageId, cancellationToken);
        new Validation()
            .Check(optionIds.Count <= PollRules.MaxOptions && optionIds.All(id => poll.Options.Any(option => option.Id == id)), "optionIds", "must be ids of the poll's options")
            .Check(poll.Multiple || optionIds.Count <= 1, "optionIds", "must be one option at most")
            .ThrowIfAny();
        var chosen = poll.Options.Select(option => option.Id).Where(optionIds.Contains).ToArray();
        var own = await OwnAsync(message, poll, user, cancellationToken);
        if (own.Where(row => !row.Removed).Select(row => row.Emoji).ToHashSet().SetEquals(chosen.Select(PollFold.KeyOf)))
        {
            return await writer.AnswerAsync(caller, message, own.Count == 0 ? message.Rev : own.Max(row => row.Seq), cancellationToken);
        }

        RequireOpen(poll);
        var data = new PollVotedData(message.Id, chosen);
        var hash = ContentHash.Of($"{EntryTypes.PollVoted}/{user}", data, CoreJsonContext.Default.PollVotedData);
        return await writer.ChangeAsync(caller, message, EntryTypes.PollVoted, JsonSerializer.SerializeToElement(data, CoreJsonContext.Default.PollVotedData), hash, clientId, cancellationToken);
    }

    /// <summary>Closes a poll: its author, and who may close others'. Final; closing it again changes nothing.</summary>
    /// <exception cref="RefusedException"><c>poll_not_found</c>, <c>not_allowed</c>.</exception>
    public async Task<ChangedMessage> CloseAsync(Caller caller, ConversationId conversation, string messageId, CancellationToken cancellationToken)
    {
        var standing = await membership.RequireAsync(caller, conversation, Right.Read, cancellationToken);
        var (message, poll) = await FindAsync(caller, conversation, messageId, cancellationToken);
        var own = caller.User is { } user && message.ActorId == user.Value && standing.May(Right.Write, caller);
        if (!own && !standing.May(Right.ClosePolls, caller))
        {
            throw Refusal.NotAllowed.With("Only its author and moderators may close a poll.");
        }

        if (poll.ClosedAt is not null)
        {
            return await writer.AnswerAsync(caller, message, message.Rev, cancellationToken);
        }

        var data = JsonSerializer.SerializeToElement(new MessageChangedData(message.Id), CoreJsonContext.Default.MessageChangedData);
        return await writer.ChangeAsync(caller, message, EntryTypes.PollClosed, data, ContentHash.Of(EntryTypes.PollClosed, message.Id, CoreJsonContext.Default.String), $"$poll.close:{message.Id}", cancellationToken);
    }

    /// <summary>The message, brought up to date: what is decided must not rest on votes that others have overtaken.</summary>
    private async Task<(Entry Message, PollResponse Poll)> FindAsync(Caller caller, ConversationId conversation, string messageId, CancellationToken cancellationToken)
    {
        var message = await writer.FoldAsync(await writer.RequireAsync(caller, LogId.Of(caller.Tenant, conversation), messageId, cancellationToken), cancellationToken);
        return message.Message!.Poll is { } poll ? (message, poll) : throw Refusal.PollNotFound.AsException();
    }

    private async Task<IReadOnlyList<Reaction>> OwnAsync(Entry message, PollResponse poll, UserId user, CancellationToken cancellationToken) =>
        message.Message!.ShadowOf(user)?.Rows.Where(row => PollFold.IsVote(row.Key)).ToArray() is { Length: > 0 } own
            ? [.. own.Where(row => row.Key != PollFold.Voted).Select(row => new Reaction(message.Seq, row.Key, user, row.Seq, row.Removed))]
            : [.. (await Task.WhenAll(poll.Options.Select(option => rows.FindAsync(message.Log, message.Seq, PollFold.KeyOf(option.Id), user, cancellationToken)))).OfType<Reaction>()];

    private void RequireOpen(PollResponse poll)
    {
        if (PollFold.IsClosed(poll, clock.GetUtcNow()))
        {
            throw Refusal.NotAllowed.With("The poll is closed.");
        }
    }
}
