using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>An error (RFC 9457, <c>application/problem+json</c>).</summary>
/// <param name="Code">The stable code; see <c>docs/problems.md</c>.</param>
/// <param name="Detail">What is wrong; names the offending field.</param>
/// <param name="Errors">Every invalid field with its messages, for <c>validation_failed</c>.</param>
/// <param name="RetryAfterMs">How long to wait before the same call may succeed, in milliseconds: what <c>Retry-After</c> says in whole seconds.</param>
/// <param name="Id">The id of what exists already, for <c>already_created</c> and <c>id_taken</c>.</param>
public sealed record Problem(
    string? Type,
    string? Title,
    int Status,
    string? Detail,
    string Code,
    string? TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string[]>? Errors = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Id = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? RetryAfterMs = null);
