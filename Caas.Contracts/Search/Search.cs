namespace Caas.Contracts;

/// <summary>A message that was searched for.</summary>
/// <param name="Message">In its current state.</param>
/// <param name="Highlights">Where its text has what was searched for: ascending, apart from each other, whole words; the first 50.</param>
public sealed record SearchResult(MessageResponse Message, IReadOnlyList<SearchHighlight> Highlights);

/// <summary>A stretch of a message's text, counted in UTF-16 code units (as strings of JavaScript and .NET are).</summary>
/// <param name="Start">From 0.</param>
/// <param name="Length">At least 1.</param>
public sealed record SearchHighlight(int Start, int Length);
