namespace Caas.Core.Reactions;

/// <summary>What a <c>reaction.added</c> or <c>reaction.removed</c> entry keeps.</summary>
public sealed record ReactionData(string MessageId, string Emoji);
