namespace Caas.Contracts;

/// <summary>Who else is typing in a conversation now: whoever is told does not stand in it.</summary>
/// <param name="UserIds">In the order in which they began.</param>
/// <param name="DisplayText">Such as <c>Alice and Bob are typing…</c>; empty when nobody is.</param>
public sealed record TypingState(string ConversationId, IReadOnlyList<string> UserIds, string DisplayText);
