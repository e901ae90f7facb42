using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Caas.Contracts;
using Caas.Core.Tenants;
using Microsoft.Extensions.Options;

namespace Caas.Core.Tokens;

/// <summary>Makes pairs of a user token and its refresh token (<c>rt_</c> and 256 random bits as base64url, of which the SHA-256 is kept).</summary>
public sealed class TokenPairs(TokenFactory factory, IRefreshTokenStore refreshTokens, IOptions<TokenOptions> options, IdGenerator ids)
{
    internal const string RefreshPrefix = "rt_";

    /// <param name="family">Null: the pair starts one.</param>
    internal async Task<TokenResponse> CreateAsync(Tenant tenant, UserId user, string? family, TimeSpan? lifetime, CancellationToken cancellationToken)
    {
        var most = tenant.MostTokenLifetime;
        family ??= ids.Next();
        var token = await factory.CreateAsync(tenant.Id, user, family, lifetime ?? (options.Value.Lifetime < most ? options.Value.Lifetime : most), cancellationToken);
        var refresh = RefreshPrefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var refreshExpiresAt = token.IssuedAt + options.Value.RefreshLifetime;
        await refreshTokens.AddAsync(new(HashOf(refresh), tenant.Id, user, family, token.Id, token.IssuedAt, refreshExpiresAt, null, null), cancellationToken);
        return new(token.Token, token.ExpiresAt, refresh, refreshExpiresAt, user.Value);
    }

    internal static string HashOf(string refreshToken) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(refreshToken)));
}
