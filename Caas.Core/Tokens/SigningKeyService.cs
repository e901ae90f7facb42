using Caas.Core.Callers;

namespace Caas.Core.Tokens;

/// <summary>The platform's ES256 signing keys: made at first start, published as a JWKS, rotated by the admin.</summary>
public sealed class SigningKeyService
{
    /// <summary>The public keys as a JSON Web Key Set (RFC 7517), UTF-8.</summary>
    public Task<byte[]> GetJwksAsync(CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Makes a new signing key; the one before verifies until the longest token that it signed has ended.</summary>
    /// <returns>The new key's <c>kid</c>.</returns>
    public Task<string> RotateAsync(Caller caller, CancellationToken cancellationToken) => throw new NotImplementedException();
}
