using System.Text;
using Caas.Core.Secrets;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Caas.Core.Tokens;

/// <summary>
/// Makes the platform's user tokens. Claims: <c>iss</c>, <c>aud</c>, <c>sub</c> (user), <c>tid</c> (tenant), <c>jti</c>, <c>iat</c>, <c>exp</c> (whole seconds, RFC 7519),
/// <c>iat_ms</c> (milliseconds: revocation "before now" tells tokens of one second apart), <c>fam</c> (the refresh family).
/// </summary>
public sealed class TokenFactory(SigningKeyRing ring, IOptions<TokenOptions> options, IOptions<PlatformSecrets> secrets, IdGenerator ids, TimeProvider clock)
{
    /// <summary>The <c>kid</c> of tokens signed with the setting <c>JWT_SECRET</c>.</summary>
    public const string PlatformHs256Kid = "platform-hs256";

    internal const string TenantClaim = "tid";
    internal const string FamilyClaim = "fam";
    internal const string PreciseIssuedAtClaim = "iat_ms";
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly SigningCredentials? _platformSecret = secrets.Value.JwtSecret is { } secret
        ? new(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret)) { KeyId = PlatformHs256Kid }, SecurityAlgorithms.HmacSha256)
        : null;

    internal async Task<MadeToken> CreateAsync(TenantId tenant, UserId user, string family, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var credentials = _platformSecret ?? new SigningCredentials((await ring.CurrentAsync(cancellationToken)).Signing.Key, SecurityAlgorithms.EcdsaSha256);
        var now = clock.GetUtcNow();
        var issuedAt = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        var expiresAt = DateTimeOffset.FromUnixTimeSeconds((now + lifetime).ToUnixTimeSeconds());
        var id = ids.Next();
        var token = Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = options.Value.Issuer,
            Audience = options.Value.Audience,
            IssuedAt = issuedAt.UtcDateTime,
            Expires = expiresAt.UtcDateTime,
            SigningCredentials = credentials,
            Claims = new Dictionary<string, object>
            {
                [JwtRegisteredClaimNames.Sub] = user.Value,
                [TenantClaim] = tenant.Value,
                [JwtRegisteredClaimNames.Jti] = id,
                [FamilyClaim] = family,
                [PreciseIssuedAtClaim] = issuedAt.ToUnixTimeMilliseconds(),
            },
        });
        return new(token, id, issuedAt, expiresAt);
    }
}

internal sealed record MadeToken(string Token, string Id, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt);
