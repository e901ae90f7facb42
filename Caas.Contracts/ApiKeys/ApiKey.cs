namespace Caas.Contracts;

/// <summary>Creates an API key.</summary>
/// <param name="Name">What people call it, 1 to 200 characters.</param>
/// <param name="Scopes">Such as <c>messages:write</c>; none named: all.</param>
/// <param name="ExpiresAt">From when on it is refused; null: never.</param>
/// <param name="AllowedIps">Addresses or CIDR ranges it may come from; none: any.</param>
public sealed record CreateApiKeyRequest(string Name, IReadOnlyList<string>? Scopes = null, DateTimeOffset? ExpiresAt = null, IReadOnlyList<string>? AllowedIps = null);

/// <summary>Gives an API key a new secret.</summary>
/// <param name="GraceSeconds">How long the secret before is still accepted, 0 to 86,400; default 86,400 (24 h). 0 ends it now: within 5 s no process accepts it.</param>
public sealed record RotateApiKeyRequest(int? GraceSeconds = null);

/// <summary>An API key as it is listed: never with its secret.</summary>
/// <param name="PreviousValidUntil">Until when the secret of before the last rotation is accepted too; null: there is none, or its time is over.</param>
public record ApiKeyResponse(string Id, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, IReadOnlyList<string> AllowedIps, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt, DateTimeOffset? PreviousValidUntil = null);

/// <summary>A new API key, or one with a new secret. <c>key</c> is shown once.</summary>
public sealed record CreatedApiKeyResponse(string Id, string Key, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, IReadOnlyList<string> AllowedIps, DateTimeOffset? PreviousValidUntil = null)
    : ApiKeyResponse(Id, Name, Scopes, CreatedAt, ExpiresAt, AllowedIps, null, null, PreviousValidUntil);
