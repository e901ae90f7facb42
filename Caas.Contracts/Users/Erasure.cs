using System.Text.RegularExpressions;

namespace Caas.Contracts;

/// <summary>What becomes of a user who is erased.</summary>
/// <param name="Pseudonym">What stands in place of the id from now on, in everything that others have of the user.</param>
/// <param name="CompletedAt">When nothing was left; null: it is being done.</param>
public sealed record ErasureResponse(string UserId, string Pseudonym, DateTimeOffset RequestedAt, DateTimeOffset? CompletedAt);

/// <summary>What a <c>user.erased</c> entry tells: wherever the id is kept of this conversation, the pseudonym takes its place. What the user wrote was deleted by entries before it.</summary>
public sealed record ErasedUser(string UserId, string Pseudonym)
{
    /// <summary>A message as it is without the id.</summary>
    public MessageResponse Forget(MessageResponse message) => message with
    {
        SenderId = Forget(message.SenderId),
        ClientMessageId = message.SenderId == UserId ? FormattableString.Invariant($"$erased:{message.Seq}") : message.ClientMessageId,
        Text = message.Mentions.Contains(UserId) ? ForgetIn(message.Text) : message.Text,
        Mentions = Forget(message.Mentions),
        Reactions = message.Reactions.Any(reaction => reaction.Value.UserIds.Contains(UserId))
            ? message.Reactions.ToDictionary(reaction => reaction.Key, reaction => reaction.Value with { UserIds = Forget(reaction.Value.UserIds) })
            : message.Reactions,
        Thread = message.Thread is { } thread ? thread with { ParticipantIds = Forget(thread.ParticipantIds) } : null,
        Poll = message.Poll is { } poll ? poll with { Options = [.. poll.Options.Select(option => option with { UserIds = Forget(option.UserIds) })] } : null,
        Quote = message.Quote is { } quote ? quote with { SenderId = Forget(quote.SenderId), Text = ForgetIn(quote.Text) } : null,
    };

    private string? Forget(string? id) => id == UserId ? Pseudonym : id;

    private IReadOnlyList<string> Forget(IReadOnlyList<string> ids) => ids.Contains(UserId) ? [.. ids.Select(id => Forget(id)!)] : ids;

    /// <summary>Where the text mentions the user: an <c>@</c> that stands behind no character of ids, the id, and nothing more of ids than what also ends sentences.</summary>
    private string? ForgetIn(string? text) => text?.Contains("@" + UserId, StringComparison.Ordinal) == true
        ? Regex.Replace(text, $@"(?<![\p{{L}}\p{{Nd}}_.@:\-])@{Regex.Escape(UserId)}(?=[.:@_\-]*(?:[^A-Za-z0-9_.@:\-]|$))", "@" + Pseudonym, RegexOptions.None, TimeSpan.FromSeconds(1))
        : text;
}
