using System.Text.Json.Serialization;
using Caas.Contracts;
using Caas.Core.LinkPreviews;
using Caas.Core.Messages;
using Caas.Core.Polls;

namespace Caas.Core.Visibility;

/// <summary>What one user did to a message of others' sight while shadow-banned: the user sees it, nobody else does. Kept with the message's state, which is what the others see.</summary>
public sealed record Shadow
{
    public required string UserId { get; init; }

    /// <summary>The content as the user sees it; null: as everybody does.</summary>
    public MessageContent? Content { get; init; }

    /// <summary>When the user last edited it so.</summary>
    public DateTimeOffset? EditedAt { get; init; }

    /// <summary>The seq of the user's last change that others do not see.</summary>
    public long Rev { get; init; }

    /// <summary>The user's reactions and votes that others do not see, one per key of a row.</summary>
    public IReadOnlyList<ShadowRow> Rows { get; init; } = [];

    /// <summary>The seqs of the user's replies that others do not see.</summary>
    public IReadOnlyList<long> Replies { get; init; } = [];

    /// <summary>When the last of them was sent.</summary>
    public DateTimeOffset? LastReplyAt { get; init; }

    [JsonIgnore]
    public bool IsEmpty => Content is null && Rows.Count == 0 && Replies.Count == 0 && Rev == 0;
}

/// <summary>A reaction or vote, given or taken back while shadow-banned.</summary>
/// <param name="Seq">The seq of the entry that did it.</param>
/// <param name="Counted">Whether others see the user there all the same, from before.</param>
public sealed record ShadowRow(string Key, long Seq, bool Removed, bool Counted);

/// <summary>A message's state as one user sees it who changed it while shadow-banned.</summary>
public static class ShadowedStates
{
    public static Shadow? ShadowOf(this MessageState state, UserId? user) => user is { } who ? state.Shadows?.FirstOrDefault(shadow => shadow.UserId == who.Value) : null;

    public static MessageState SeenBy(this MessageState state, UserId? user)
    {
        if (state.ShadowOf(user) is not { } own)
        {
            return state;
        }

        var seen = own.Replies.Count == 0 ? state : WithReplies(state, own);
        seen = own.Content is { } content ? WithContent(seen, content, own.EditedAt) : seen;
        return own.Rows.Count == 0 || seen.DeletedAt is not null ? seen : seen with
        {
            Reactions = WithReactions(seen.Reactions, own),
            Poll = seen.Poll is { } poll ? WithVotes(poll, own) : null,
        };
    }

    /// <summary>The message with the state that the user sees, and its rev: the last change that the user can have.</summary>
    public static Entries.Entry SeenBy(this Entries.Entry message, UserId? user)
    {
        if (message.Message is not { } state || (state.Shadows is null && state.ShownRev == 0))
        {
            return message;
        }

        var shown = state.ShownRev == 0 ? message.Rev : state.ShownRev;
        return message with { Message = state.SeenBy(user), Rev = Math.Max(shown, state.ShadowOf(user)?.Rev ?? 0) };
    }

    private static MessageState WithContent(MessageState state, MessageContent content, DateTimeOffset? editedAt) => LinkPreviewFold.Keep(state with
    {
        Text = content.Text,
        Attachments = content.Attachments,
        Mentions = content.Mentions,
        TextMentions = content.TextMentions,
        MentionsHere = content.MentionsHere,
        MentionsChannel = content.MentionsChannel,
        Custom = content.Custom,
        EditedAt = editedAt is { } at && (state.EditedAt is null || at > state.EditedAt) ? at : state.EditedAt,
    });

    private static MessageState WithReplies(MessageState state, Shadow own)
    {
        var last = own.LastReplyAt ?? default;
        var thread = state.Thread ?? new([], 0, last);
        var known = thread.ParticipantIds.Contains(own.UserId);
        return state with
        {
            ReplyCount = state.ReplyCount + own.Replies.Count,
            Thread = thread with
            {
                ParticipantIds = known ? thread.ParticipantIds : [.. thread.ParticipantIds, own.UserId],
                ParticipantCount = thread.ParticipantCount + (known ? 0 : 1),
                LastReplyAt = last > thread.LastReplyAt ? last : thread.LastReplyAt,
            },
        };
    }

    private static Dictionary<string, ReactionSummary> WithReactions(IReadOnlyDictionary<string, ReactionSummary> reactions, Shadow own)
    {
        var seen = new Dictionary<string, ReactionSummary>(reactions);
        foreach (var row in own.Rows.Where(row => !PollFold.IsVote(row.Key)))
        {
            var shown = seen.GetValueOrDefault(row.Key) ?? new(0, []);
            seen[row.Key] = new(shown.Count + Difference(row), With(shown.UserIds, own.UserId, row));
            if (seen[row.Key].Count <= 0)
            {
                seen.Remove(row.Key);
            }
        }

        return seen;
    }

    private static PollResponse WithVotes(PollResponse poll, Shadow own)
    {
        var rows = own.Rows.Where(row => PollFold.IsVote(row.Key)).ToDictionary(row => row.Key);
        return rows.Count == 0 ? poll : poll with
        {
            VoterCount = poll.VoterCount + (rows.TryGetValue(PollFold.Voted, out var voted) ? Difference(voted) : 0),
            Options = [.. poll.Options.Select(option => rows.TryGetValue(PollFold.KeyOf(option.Id), out var row)
                ? option with { Votes = option.Votes + Difference(row), UserIds = poll.Anonymous ? [] : With(option.UserIds, own.UserId, row) }
                : option)],
        };
    }

    private static int Difference(ShadowRow row) => (row.Counted, row.Removed) switch
    {
        (false, false) => 1,
        (true, true) => -1,
        _ => 0,
    };

    private static IReadOnlyList<string> With(IReadOnlyList<string> users, string user, ShadowRow row) =>
        row.Removed ? [.. users.Where(other => other != user)] : users.Contains(user) || users.Count >= MessageFolder.FirstUsers ? users : [.. users, user];
}
