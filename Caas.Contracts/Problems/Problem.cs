namespace Caas.Contracts;

/// <summary>An error (RFC 9457, <c>application/problem+json</c>).</summary>
/// <param name="Code">The stable code; see <c>docs/problems.md</c>.</param>
/// <param name="Detail">What is wrong; names the offending field.</param>
/// <param name="Errors">Every invalid field with its messages, for <c>validation_failed</c>.</param>
public sealed record Problem(string? Type, string? Title, int Status, string? Detail, string Code, string? TraceId, IReadOnlyDictionary<string, string[]>? Errors = null);
