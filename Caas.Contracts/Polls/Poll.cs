namespace Caas.Contracts;

/// <summary>Adds a poll to a message that is sent.</summary>
/// <param name="Options">2 to 20 texts of 1 to 200 characters, no two alike. Their ids are <c>1</c>, <c>2</c>, … in this order.</param>
/// <param name="Question">At most 300 characters; the message's text may ask it too.</param>
/// <param name="Multiple">Whether a user may choose several options.</param>
/// <param name="Anonymous">Whether nobody is told who voted for what.</param>
/// <param name="ClosesAt">From then on no vote counts; null: until somebody closes it.</param>
public sealed record CreatePoll(IReadOnlyList<string> Options, string? Question = null, bool Multiple = false, bool Anonymous = false, DateTimeOffset? ClosesAt = null);

/// <summary>A message's poll and its result as it is now.</summary>
/// <param name="ClosedAt">When somebody closed it; at <c>closesAt</c> it closes by itself, without being told.</param>
/// <param name="VoterCount">How many users have voted.</param>
public sealed record PollResponse(string? Question, IReadOnlyList<PollOption> Options, bool Multiple, bool Anonymous, DateTimeOffset? ClosesAt, DateTimeOffset? ClosedAt, int VoterCount);

/// <param name="Votes">How many users chose it.</param>
/// <param name="UserIds">The first 20 of them; of an anonymous poll none.</param>
public sealed record PollOption(string Id, string Text, int Votes, IReadOnlyList<string> UserIds);

/// <summary>The caller's vote, in place of an earlier one.</summary>
/// <param name="OptionIds">One option; where several may be chosen, any number of them. None: the vote is taken back.</param>
public sealed record VoteRequest(IReadOnlyList<string> OptionIds);

/// <summary>A poll, and what the caller chose.</summary>
/// <param name="OwnOptionIds">Empty: the caller has not voted; null: the caller is no user.</param>
public sealed record PollStateResponse(PollResponse Poll, IReadOnlyList<string>? OwnOptionIds);
