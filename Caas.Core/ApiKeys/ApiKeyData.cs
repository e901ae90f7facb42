namespace Caas.Core.ApiKeys;

// What the entries of $tenant say about API keys.

internal sealed record ApiKeyCreatedData(string By, string Id, string Name, IReadOnlyList<string> Scopes, IReadOnlyList<string> AllowedIps, DateTimeOffset? ExpiresAt, HashedSecret Secret);

internal sealed record ApiKeyRotatedData(string By, string Id, DateTimeOffset PreviousUntil, HashedSecret Secret);

internal sealed record ApiKeyRevokedData(string By, string Id);

internal sealed record HashedSecret(string Hash);
