namespace Caas.Contracts;

/// <summary>One page of a list.</summary>
/// <param name="Items">The items, at most the requested <c>limit</c>.</param>
/// <param name="Next">What to send as <c>cursor</c> for the next page; null when this is the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
