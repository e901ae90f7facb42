using System.Security.Cryptography;
using System.Text;

namespace Caas.Core.Idempotency;

/// <summary>
/// What <c>Idempotency-Key</c> promises, for 24 h per caller and route: the same key and body, the same answer; another body, <c>idempotency_key_reused</c>.
/// An answer that held a secret is not kept: its replay is <c>already_created</c> with the id. A call that was refused or failed gives its key back.
/// </summary>
/// <example>
/// <code>
/// var (claim, replay) = await answers.ClaimAsync(caller.Key, "POST /v1/tenants", key, body, cancellationToken);
/// if (replay is not null) { /* send it */ }
/// try { /* the call */ await answers.CompleteAsync(claim!, 201, answerBody, location, id, holdsSecret: false, CancellationToken.None); }
/// catch { await answers.ReleaseAsync(claim!, CancellationToken.None); throw; }
/// </code>
/// </example>
public sealed class IdempotentAnswers(IIdempotencyStore store, IdGenerator ids, TimeProvider clock)
{
    /// <summary>How long a claim stands when its process dies before it answers.</summary>
    public static readonly TimeSpan ClaimLifetime = TimeSpan.FromSeconds(60);

    /// <summary>How long an answer is kept.</summary>
    public static readonly TimeSpan AnswerLifetime = TimeSpan.FromHours(24);

    private const int LongestKey = 255;

    /// <summary>Claims the key before the call runs.</summary>
    /// <param name="callerKey"><see cref="Callers.Caller.Key"/>, or <c>anonymous</c>.</param>
    /// <param name="route">Method and path as called, such as <c>POST /v1/conversations/c1/messages</c>.</param>
    /// <param name="key">The header's value: 1 to 255 visible ASCII characters.</param>
    /// <param name="body">The request's body as it came.</param>
    /// <returns>A claim to run the call with, or the answer to give again.</returns>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>idempotency_key_reused</c>, <c>idempotency_key_in_use</c> (try again later), <c>already_created</c> with <see cref="RefusedException.ExistingId"/>.</exception>
    public async Task<(IdempotencyClaim? Claim, StoredAnswer? Replay)> ClaimAsync(string callerKey, string route, string key, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var (claim, earlier) = await TryClaimAsync(callerKey, route, key, body, cancellationToken);
        return earlier is null ? (claim, null) : (null, Replay(earlier, claim));
    }

    /// <summary>Binds the key to its body only: for calls that their log keeps from happening twice, and whose answer it gives again.</summary>
    /// <returns>A claim to complete (without an answer) or to release; null: the same call was made before or is being made, and may go on.</returns>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>idempotency_key_reused</c>.</exception>
    public async Task<IdempotencyClaim?> BindAsync(string callerKey, string route, string key, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var (claim, earlier) = await TryClaimAsync(callerKey, route, key, body, cancellationToken);
        return earlier is null ? claim : earlier.RequestHash == claim.RequestHash ? null : throw Refusal.IdempotencyKeyReused.AsException();
    }

    /// <summary>Keeps the answer of a call that succeeded.</summary>
    /// <param name="body">The answer's body; not kept when <paramref name="holdsSecret"/>.</param>
    /// <param name="resourceId">What was created, for <c>already_created</c>.</param>
    public Task CompleteAsync(IdempotencyClaim claim, int status, string? body, string? location, string? resourceId, bool holdsSecret, CancellationToken cancellationToken) =>
        store.CompleteAsync(
            new(claim.Key, claim.ClaimId, claim.RequestHash, status, holdsSecret ? null : body ?? "", holdsSecret ? null : location, resourceId, clock.GetUtcNow() + AnswerLifetime),
            cancellationToken);

    /// <summary>Gives the key back: the call was refused or failed, and may be tried again with it.</summary>
    public Task ReleaseAsync(IdempotencyClaim claim, CancellationToken cancellationToken) => store.ReleaseAsync(claim.Key, claim.ClaimId, cancellationToken);

    private async Task<(IdempotencyClaim Claim, IdempotencyRecord? Earlier)> TryClaimAsync(string callerKey, string route, string key, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (key.Length is 0 or > LongestKey || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw Refusal.ValidationFailed.With("Idempotency-Key", $"must be 1 to {LongestKey} visible ASCII characters");
        }

        var now = clock.GetUtcNow();
        var claim = new IdempotencyClaim(StoreKey(callerKey, route, key), ids.Next(), Convert.ToHexStringLower(SHA256.HashData(body.Span)));
        return (claim, await store.ClaimAsync(new(claim.Key, claim.ClaimId, claim.RequestHash, null, null, null, null, now + ClaimLifetime), now, cancellationToken));
    }

    private static StoredAnswer Replay(IdempotencyRecord earlier, IdempotencyClaim claim) => earlier switch
    {
        _ when earlier.RequestHash != claim.RequestHash => throw Refusal.IdempotencyKeyReused.AsException(),
        { Status: null } => throw new RefusedException(Refusal.IdempotencyKeyInUse, Refusal.IdempotencyKeyInUse.Title) { RetryAfter = TimeSpan.FromSeconds(1) },
        { Body: null } => throw new RefusedException(Refusal.AlreadyCreated, Refusal.AlreadyCreated.Title) { ExistingId = earlier.ResourceId },
        _ => new(earlier.Status.Value, earlier.Body, earlier.Location),
    };

    // Hashed: routes and keys are the caller's text, of any length together; the caller's own key stays readable in front.
    private static string StoreKey(string callerKey, string route, string key) =>
        $"{callerKey}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{route}\n{key}")))}";
}

/// <summary>The right to run one call for an idempotency key.</summary>
public sealed record IdempotencyClaim(string Key, string ClaimId, string RequestHash);

/// <summary>An answer to give again. An empty body: none.</summary>
public sealed record StoredAnswer(int Status, string Body, string? Location);
