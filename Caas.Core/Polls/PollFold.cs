using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Messages;
using Caas.Core.Reactions;

namespace Caas.Core.Polls;

/// <summary>
/// Folds votes into their message, as reactions are: who chose what stands in the rows of reactions, under keys that no emoji has, one per option and one that says that the user has voted at all. The
/// latest entry wins, and what a message tells is counted anew from them.
/// </summary>
internal static class PollFold
{
    private const string Prefix = "poll/";

    /// <summary>The row of those who have voted.</summary>
    public const string Voted = Prefix;

    public static string KeyOf(string optionId) => Prefix + optionId;

    /// <summary>Whether a row of reactions is a vote.</summary>
    public static bool IsVote(string key) => key.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Whether votes no longer count at this time.</summary>
    public static bool IsClosed(PollResponse poll, DateTimeOffset at) => poll.ClosedAt is not null || at >= poll.ClosesAt;

    /// <summary>The rows that a vote writes: every option, chosen or not. None where it does not count.</summary>
    public static IReadOnlyList<Reaction> ToRows(long messageSeq, MessageState state, Entry change)
    {
        if (state.Poll is not { } poll || IsClosed(poll, change.At) || change.ActorId is not { } actor || change.Data?.Deserialize(CoreJsonContext.Default.PollVotedData) is not { OptionIds: { } chosen })
        {
            return [];
        }

        var user = new UserId(actor);
        return [.. poll.Options.Select(option => new Reaction(messageSeq, KeyOf(option.Id), user, change.Seq, !chosen.Contains(option.Id))), new(messageSeq, Voted, user, change.Seq, chosen.Count == 0)];
    }

    /// <summary>The state after rows were written: reactions and votes as they are counted.</summary>
    public static MessageState Count(MessageState state, IReadOnlyDictionary<string, ReactionSummary> counted) => state with
    {
        Reactions = counted.Where(row => !IsVote(row.Key)).ToDictionary(),
        Poll = state.Poll is { } poll ? Count(poll, counted) : null,
    };

    private static PollResponse Count(PollResponse poll, IReadOnlyDictionary<string, ReactionSummary> counted) => poll with
    {
        VoterCount = counted.GetValueOrDefault(Voted)?.Count ?? 0,
        Options = [.. poll.Options.Select(option => counted.TryGetValue(KeyOf(option.Id), out var votes)
            ? option with { Votes = votes.Count, UserIds = poll.Anonymous ? [] : votes.UserIds }
            : option with { Votes = 0, UserIds = [] })],
    };
}
