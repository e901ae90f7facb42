namespace Caas.Contracts;

/// <summary>Creates an API key.</summary>
/// <param name="Name">What people call it, 1 to 200 characters.</param>
/// <param name="Scopes">Such as <c>messages:write</c>; none named: all.</param>
/// <param name="ExpiresAt">From when on it is refused; null: never.</param>
/// <param name="AllowedIps">Addresses or CIDR ranges it may come from; none: any.</param>
public sealed record CreateApiKeyRequest(string Name, IReadOnlyList<string>? Scopes = null, DateTimeOffset? ExpiresAt = null, IReadOnlyList<string>? AllowedIps = null);

/// <summary>An API key as it is listed: never with its secret.</summary>
public record ApiKeyResponse(string Id, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, IReadOnlyList<string> AllowedIps, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt);

/// <summary>A new API key. <c>key</c> is shown once.</summary>
public sealed record CreatedApiKeyResponse(string Id, string Key, string Name, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, IReadOnlyList<string> AllowedIps)
    : ApiKeyResponse(Id, Name, Scopes, CreatedAt, ExpiresAt, AllowedIps, null, null);
