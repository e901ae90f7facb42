namespace Caas.Core.Idempotency;

/// <summary>Answers of POSTs that carried an <c>Idempotency-Key</c>, for 24 h. Claimed before the work, so that two at once cannot both do it.</summary>
/// <remarks>Every method may throw <see cref="Entries.StoreUnavailableException"/>.</remarks>
public interface IIdempotencyStore
{
    /// <summary>Claims the key, unless it has an answer or a claim that has not run out.</summary>
    /// <returns>Null when claimed; otherwise what stands there.</returns>
    Task<IdempotencyRecord?> ClaimAsync(IdempotencyRecord claim, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Stores the answer of a claim.</summary>
    Task CompleteAsync(IdempotencyRecord record, CancellationToken cancellationToken);

    /// <summary>Gives a claim back: the call was refused or failed, and may be tried again.</summary>
    Task ReleaseAsync(string key, string claimId, CancellationToken cancellationToken);

    /// <summary>Removes what has run out.</summary>
    Task PruneAsync(DateTimeOffset now, CancellationToken cancellationToken);
}

/// <param name="Key"><c>caller/route/key</c>.</param>
/// <param name="ClaimId">Tells one attempt from another.</param>
/// <param name="RequestHash">SHA-256 of the body, hex.</param>
/// <param name="Status">The answer's HTTP status; null: still running.</param>
/// <param name="Body">The answer's body; null where it held a secret.</param>
/// <param name="Location">The answer's <c>Location</c>.</param>
/// <param name="ResourceId">The id of what was created, for <c>already_created</c>.</param>
/// <param name="ExpiresAt">When the claim runs out (60 s), or the answer (24 h).</param>
public sealed record IdempotencyRecord(string Key, string ClaimId, string RequestHash, int? Status, string? Body, string? Location, string? ResourceId, DateTimeOffset ExpiresAt);
