using Caas.Contracts;
using Caas.Core.Callers;

namespace Caas.Core.Tokens;

/// <summary>User tokens: issued to the tenant's backend, refreshed by clients, revoked.</summary>
public sealed class TokenService
{
    public Task<TokenResponse> IssueAsync(Caller caller, string userId, CreateTokenRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<TokensResponse> IssueManyAsync(Caller caller, CreateTokensRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Trades a refresh token for a new pair; needs no other credentials.</summary>
    /// <exception cref="RefusedException"><c>token_revoked</c> for one that was used before: its whole family is revoked then. <c>token_expired</c>, <c>unauthenticated</c>.</exception>
    public Task<TokenResponse> RefreshAsync(RefreshTokenRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task RevokeAsync(Caller caller, RevokeTokensRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Revokes the caller's own token and its refresh family.</summary>
    public Task LogoutAsync(Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();
}
