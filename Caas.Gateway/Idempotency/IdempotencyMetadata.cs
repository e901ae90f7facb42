using Caas.Gateway.Problems;

namespace Caas.Gateway.Idempotency;

/// <summary>Endpoint metadata: what an <c>Idempotency-Key</c> does here.</summary>
/// <param name="MakesEntry">The key becomes the entry's client id where the body names none: the log itself keeps the call from happening twice. Otherwise the answer is stored for 24 h.</param>
/// <param name="SecretId">The field of an answer with a secret that names what was created: such an answer is not stored, its replay is <c>already_created</c> with that id.</param>
internal sealed record IdempotencyMetadata(bool MakesEntry, bool HoldsSecret = false, string? SecretId = null);

internal static class IdempotencyExtensions
{
    /// <summary>The same key and body get the stored answer again.</summary>
    public static RouteHandlerBuilder Idempotent(this RouteHandlerBuilder builder) =>
        builder.WithMetadata(new IdempotencyMetadata(MakesEntry: false)).Refuses(Refusal.IdempotencyKeyReused, Refusal.IdempotencyKeyInUse);

    /// <summary>The answer holds a secret: the same key and body get <c>already_created</c>.</summary>
    /// <param name="id">The answer's field that names what was created; null: it has none.</param>
    public static RouteHandlerBuilder IdempotentSecret(this RouteHandlerBuilder builder, string? id) =>
        builder.WithMetadata(new IdempotencyMetadata(MakesEntry: false, HoldsSecret: true, id)).Refuses(Refusal.IdempotencyKeyReused, Refusal.IdempotencyKeyInUse, Refusal.AlreadyCreated);

    /// <summary>The key becomes the client id of the entry that the call makes.</summary>
    public static RouteHandlerBuilder MakesEntry(this RouteHandlerBuilder builder) =>
        builder.WithMetadata(new IdempotencyMetadata(MakesEntry: true)).AddEndpointFilter<EntryKeyFilter>().Refuses(Refusal.IdempotencyKeyReused);
}
