using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Caas.Core.Audit;
using Caas.Core.Caching;
using Caas.Core.Secrets;
using Caas.Core.Tenants;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Caas.Core.Tokens;

/// <summary>
/// Proves user tokens. The <c>kid</c> alone says whose key and which algorithm, and the header's <c>alg</c> must agree: one of the platform's (ES256), the platform's
/// secret (HS256), or <c>{tenant}/HS256/{n}</c>, a tenant's own secret, which vouches for that tenant only. Says nothing about revocation.
/// </summary>
public sealed class TokenVerifier
{
    /// <summary>Longest token, in characters.</summary>
    public const int LongestToken = 8192;

    private const int MostRemembered = 20_000;
    private const int MostTenantKeys = 10_000;
    private static readonly TimeSpan RememberFor = TimeSpan.FromSeconds(60);
    private static readonly JsonWebTokenHandler Handler = new() { MaximumTokenSizeInBytes = LongestToken * 2 };
    private readonly ConcurrentDictionary<(UInt128, UInt128), Remembered> _remembered = new();
    private readonly ConcurrentDictionary<string, SecurityKey> _tenantKeys = new(StringComparer.Ordinal);
    private readonly SymmetricSecurityKey? _platformSecret;
    private readonly SigningKeyRing _ring;
    private readonly TenantDirectory _tenants;
    private readonly SecretSealer _sealer;
    private readonly TokenOptions _options;
    private readonly TimeProvider _clock;
    private readonly Sweep _sweep;

    public TokenVerifier(SigningKeyRing ring, TenantDirectory tenants, SecretSealer sealer, IOptions<TokenOptions> options, IOptions<PlatformSecrets> secrets, TimeProvider clock)
    {
        (_ring, _tenants, _sealer, _options, _clock) = (ring, tenants, sealer, options.Value, clock);
        _platformSecret = secrets.Value.JwtSecret is { } secret ? new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)) { KeyId = TokenFactory.PlatformHs256Kid } : null;
        _sweep = new(RememberFor, ForgetOld, clock);
    }

    /// <summary>Proves a token that must not have ended.</summary>
    /// <exception cref="RefusedException"><c>unauthenticated</c>, <c>token_expired</c>.</exception>
    public async ValueTask<VerifiedToken> VerifyAsync(string token, CancellationToken cancellationToken)
    {
        var verified = await ProveAsync(token, cancellationToken);
        return verified.ExpiresAt > _clock.GetUtcNow() ? verified : throw Refusal.TokenExpired.AsException().Of(new(verified.Tenant, CredentialFaults.TokenExpired, Proven: true, User: verified.User));
    }

    /// <summary>Proves a token that may have ended.</summary>
    /// <exception cref="RefusedException"><c>unauthenticated</c>.</exception>
    public async ValueTask<VerifiedToken> ProveAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length is 0 or > LongestToken)
        {
            throw Invalid();
        }

        var hash = Hash(token);
        if (_remembered.TryGetValue(hash, out var known) && _clock.GetElapsedTime(known.At) < RememberFor && await StillHoldsAsync(known.Token, cancellationToken))
        {
            return known.Token;
        }

        var verified = await ProveSignatureAsync(token, cancellationToken);
        if (_remembered.Count >= MostRemembered)
        {
            _remembered.Clear();
        }

        _remembered[hash] = new(verified, _clock.GetTimestamp());
        _sweep.Arm();
        return verified;
    }

    private static (UInt128, UInt128) Hash(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
        return MemoryMarshal.Read<(UInt128, UInt128)>(hash);
    }

    private bool ForgetOld()
    {
        foreach (var (hash, known) in _remembered)
        {
            if (_clock.GetElapsedTime(known.At) >= RememberFor)
            {
                _remembered.TryRemove(new(hash, known));
            }
        }

        return !_remembered.IsEmpty;
    }

    /// <summary>A tenant's own secret stops at once when it is replaced or removed; the platform's keys stay while tokens of theirs live.</summary>
    private async ValueTask<bool> StillHoldsAsync(VerifiedToken token, CancellationToken cancellationToken) =>
        token.TenantSecret is null || (await _tenants.FindAsync(token.Tenant, cancellationToken))?.TokenSecret?.Sealed == token.TenantSecret;

    private async Task<VerifiedToken> ProveSignatureAsync(string token, CancellationToken cancellationToken)
    {
        var (jwt, signed) = (Parse(token), false);
        try
        {
            return await ProveAsync(jwt, () => signed = true, cancellationToken);
        }
        catch (RefusedException refused)
        {
            throw refused.Of(AttemptOf(jwt, signed));
        }
    }

    /// <summary>Whose it says that it is; nobody has proven it where the signature does not hold.</summary>
    private static CredentialAttempt? AttemptOf(JsonWebToken jwt, bool signed)
    {
        var tenant = jwt.Kid.Split('/') is [var name, SecurityAlgorithms.HmacSha256, _] ? name : jwt.TryGetPayloadValue<string>(TokenFactory.TenantClaim, out var claimed) ? claimed : null;
        return TenantId.IsValid(tenant) ? new(new(tenant!), signed ? CredentialFaults.TokenInvalid : CredentialFaults.TokenForged, Proven: signed) : null;
    }

    private async Task<VerifiedToken> ProveAsync(JsonWebToken jwt, Action signed, CancellationToken cancellationToken)
    {
        var (key, algorithm, tenant) = await FindKeyAsync(jwt.Kid, cancellationToken);
        if (!string.Equals(jwt.Alg, algorithm, StringComparison.Ordinal) || jwt.TryGetHeaderValue<object>("crit", out _))
        {
            throw Invalid();
        }

        if (!await IsSignedAsync(jwt, key, algorithm))
        {
            throw Invalid();
        }

        // From here on it may be told what is wrong: who signed it has the key.
        signed();
        var claims = TokenClaims.Read(jwt.EncodedPayload);
        if (tenant is not null && claims.Tenant != tenant.Id.Value)
        {
            throw TokenClaims.Wrong($"{TokenFactory.TenantClaim} must be {tenant.Id.Value}, the tenant that its kid names.");
        }

        if (tenant is null && !IsOurs(claims))
        {
            throw TokenClaims.Wrong("iss or aud is not this platform's.");
        }

        return Judge(claims, tenant, jwt, await MostLifetimeAsync(new(claims.Tenant), cancellationToken));
    }

    private static async Task<bool> IsSignedAsync(JsonWebToken jwt, SecurityKey key, string algorithm)
    {
        var result = await Handler.ValidateTokenAsync(jwt, new TokenValidationParameters
        {
            IssuerSigningKey = key,
            TryAllIssuerSigningKeys = false,
            ValidAlgorithms = [algorithm],
            ValidateIssuer = false, // These, and the times, are judged strictly and by our own clock.
            ValidateAudience = false,
            ValidateLifetime = false,
        });
        return result.IsValid;
    }

    private static JsonWebToken Parse(string token)
    {
        try
        {
            return Handler.ReadJsonWebToken(token) is { EncodedPayload.Length: > 0, EncodedSignature.Length: > 0, IsEncrypted: false, Kid.Length: > 0 } jwt ? jwt : throw Invalid();
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or FormatException)
        {
            throw Invalid();
        }
    }

    private async ValueTask<(SecurityKey Key, string Algorithm, Tenant? Tenant)> FindKeyAsync(string kid, CancellationToken cancellationToken)
    {
        if (kid == TokenFactory.PlatformHs256Kid)
        {
            return (_platformSecret ?? throw Invalid(), SecurityAlgorithms.HmacSha256, null);
        }

        if (kid.Split('/') is [var name, SecurityAlgorithms.HmacSha256, _])
        {
            var tenant = TenantId.IsValid(name) ? await _tenants.FindAsync(new(name), cancellationToken) : null;
            return tenant?.TokenSecret is { } secret && secret.Kid == kid ? (await TenantKeyAsync(secret, cancellationToken), SecurityAlgorithms.HmacSha256, tenant) : throw Invalid();
        }

        var pair = await _ring.FindAsync(kid, cancellationToken) ?? throw Invalid();
        return (pair.Key, SecurityAlgorithms.EcdsaSha256, null);
    }

    /// <summary>The key is the secret's text as it was shown, its characters and not what they decode to: what HMAC functions and JWT libraries make of a string.</summary>
    private async ValueTask<SecurityKey> TenantKeyAsync(TenantTokenSecret secret, CancellationToken cancellationToken)
    {
        if (_tenantKeys.TryGetValue(secret.Sealed, out var key))
        {
            return key;
        }

        var text = await _sealer.UnsealAsync(secret.Sealed, TenantTokenSecret.Purpose(secret.Kid), cancellationToken);
        if (_tenantKeys.Count >= MostTenantKeys)
        {
            _tenantKeys.Clear();
        }

        return _tenantKeys[secret.Sealed] = new SymmetricSecurityKey(text) { KeyId = secret.Kid };
    }

    private bool IsOurs(TokenClaims claims) => claims.Issuer == _options.Issuer && claims.Audience == _options.Audience;

    private async ValueTask<TimeSpan> MostLifetimeAsync(TenantId tenant, CancellationToken cancellationToken) =>
        (await _tenants.FindAsync(tenant, cancellationToken) ?? throw Invalid()).MostTokenLifetime;

    private VerifiedToken Judge(TokenClaims claims, Tenant? minter, JsonWebToken jwt, TimeSpan mostLifetime)
    {
        var now = _clock.GetUtcNow();
        var limit = now + TokenOptions.ClockSkew;
        if (claims.ExpiresAt is not { } expires)
        {
            throw TokenClaims.Wrong("exp is missing.");
        }

        if (claims.IssuedAt is not { } issued)
        {
            throw TokenClaims.Wrong("iat is missing.");
        }

        if (issued > limit || claims.NotBefore > limit)
        {
            throw TokenClaims.Wrong($"{(issued > limit ? "iat" : "nbf")} is in the future.");
        }

        if (minter is null && claims.Id is null)
        {
            throw TokenClaims.Wrong("jti is missing.");
        }

        var whole = DateTimeOffset.FromUnixTimeSeconds(issued.ToUnixTimeSeconds());
        if (minter is not null && expires - whole > mostLifetime)
        {
            throw Refusal.Unauthenticated.With($"The token is not valid. exp is more than {mostLifetime.TotalSeconds:0} s after iat, the longest that the tenant allows.");
        }

        // Callers are kept for as long as their connections: with one text for a tenant, which is one that exists.
        return new(
            new(string.Intern(claims.Tenant)),
            new(claims.Subject),
            claims.Id ?? HashOf(jwt),
            minter is null ? claims.Family : null,
            claims.PreciseIssuedAt && minter is null ? issued : whole + TimeSpan.FromMilliseconds(999),
            expires < whole + mostLifetime ? expires : whole + mostLifetime,
            minter?.TokenSecret?.Sealed);
    }

    /// <summary>Of what is signed, not of the whole text: the last character of a signature can be written in several ways.</summary>
    private static string HashOf(JsonWebToken jwt) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes($"{jwt.EncodedHeader}.{jwt.EncodedPayload}")))}";

    private static RefusedException Invalid() => Refusal.Unauthenticated.With("The token is not valid.");

    private sealed record Remembered(VerifiedToken Token, long At);
}

/// <summary>A token whose signature and claims hold.</summary>
/// <param name="Id">Its <c>jti</c>; of a tenant's own token without one, its hash.</param>
/// <param name="IssuedAt">The latest moment at which it can have been issued.</param>
/// <param name="ExpiresAt">Its <c>exp</c>, or sooner where the tenant has shortened the life of tokens since.</param>
/// <param name="TenantSecret">The tenant's secret, as sealed, that proves it; null: the platform's own.</param>
public sealed record VerifiedToken(TenantId Tenant, UserId User, string Id, string? Family, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, string? TenantSecret);
