namespace Caas.Contracts;

/// <summary>The replies to a message, without the deleted ones.</summary>
/// <param name="ParticipantIds">The users who replied, in the order of their first replies; the first 20.</param>
/// <param name="ParticipantCount">How many they are. The tenant's backend counts as nobody.</param>
/// <param name="LastReplyAt">When the newest reply was sent.</param>
public sealed record ThreadSummary(IReadOnlyList<string> ParticipantIds, int ParticipantCount, DateTimeOffset LastReplyAt);
