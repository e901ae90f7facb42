namespace Caas.Core.Polls;

/// <summary>What a <c>poll.voted</c> entry keeps: all that the user chooses from then on. What clients get of it leaves the options out where the poll is anonymous.</summary>
public sealed record PollVotedData(string MessageId, IReadOnlyList<string>? OptionIds);
