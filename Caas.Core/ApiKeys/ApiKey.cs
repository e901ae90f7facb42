namespace Caas.Core.ApiKeys;

/// <summary>An API key of a tenant. Only the SHA-256 of its secret is kept.</summary>
public sealed record ApiKey
{
    public required TenantId Tenant { get; init; }

    /// <summary>Unique over all tenants: it is what a call names first.</summary>
    public required string Id { get; init; }
    public required string Name { get; init; }

    /// <summary>SHA-256 of the secret, hex.</summary>
    public required string SecretHash { get; init; }

    /// <summary>The secret before the last rotation, hex of its SHA-256; accepted until <see cref="PreviousUntil"/>: two active ones, for rotation.</summary>
    public string? PreviousSecretHash { get; init; }
    public DateTimeOffset? PreviousUntil { get; init; }
    public IReadOnlyList<string> Scopes { get; init; } = [];
    public IReadOnlyList<string> AllowedIps { get; init; } = [];
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Written at most once a minute.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>The seq of the last entry of <c>$tenant</c> that is folded in.</summary>
    public required long Rev { get; init; }
}
