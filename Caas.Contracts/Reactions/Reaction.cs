namespace Caas.Contracts;

/// <summary>One emoji's reactions to a message.</summary>
/// <param name="Count">How many users reacted with it.</param>
/// <param name="UserIds">The first 20 of them.</param>
public sealed record ReactionSummary(int Count, IReadOnlyList<string> UserIds);
