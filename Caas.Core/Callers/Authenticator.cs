using System.Net;

namespace Caas.Core.Callers;

/// <summary>Turns credentials into a <see cref="Caller"/>.</summary>
public sealed class Authenticator
{
    /// <summary>The platform's admin key.</summary>
    public Caller? TryAdmin(string bearer) => throw new NotImplementedException();

    /// <summary>A tenant's API key, <c>id.secret</c>, perhaps on behalf of a user (who must exist and be active).</summary>
    /// <exception cref="RefusedException"><c>unauthenticated</c>; <c>user_not_found</c> for an unknown on-behalf-of.</exception>
    public Task<Caller> AuthenticateApiKeyAsync(string key, string? onBehalfOf, IPAddress? from, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>A user token: the platform's (ES256, or HS256 with its <c>JWT_SECRET</c>) or one that the tenant minted (HS256 with its own secret).</summary>
    /// <exception cref="RefusedException"><c>unauthenticated</c>, <c>token_expired</c>, <c>token_revoked</c>.</exception>
    public Task<Caller> AuthenticateTokenAsync(string token, CancellationToken cancellationToken) => throw new NotImplementedException();
}
