namespace Caas.Contracts;

/// <summary>Asks for a user token.</summary>
/// <param name="ExpiresInSeconds">60 to the tenant's maximum; default 3,600.</param>
public sealed record CreateTokenRequest(int? ExpiresInSeconds = null);

/// <summary>Asks for tokens of up to 100 users.</summary>
public sealed record CreateTokensRequest(IReadOnlyList<string> UserIds, int? ExpiresInSeconds = null);

/// <summary>A user token and its refresh token. Both are shown once.</summary>
public sealed record TokenResponse(string Token, DateTimeOffset ExpiresAt, string RefreshToken, DateTimeOffset RefreshExpiresAt, string UserId);

/// <summary>The tokens of a batch, in its order.</summary>
public sealed record TokensResponse(IReadOnlyList<TokenResponse> Items);

/// <summary>Trades a refresh token for a new pair. Each works once: using one again revokes its whole family.</summary>
public sealed record RefreshTokenRequest(string RefreshToken);

/// <summary>Revokes one token, or all of a user's tokens that were issued before a time.</summary>
/// <param name="Token">The token to revoke.</param>
/// <param name="UserId">The user whose tokens to revoke.</param>
/// <param name="Before">Only tokens issued before this time; default: now.</param>
public sealed record RevokeTokensRequest(string? Token = null, string? UserId = null, DateTimeOffset? Before = null);
