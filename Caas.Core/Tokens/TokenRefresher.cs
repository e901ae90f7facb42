using Caas.Contracts;
using Caas.Core.Audit;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Tenants;
using Caas.Core.Users;

namespace Caas.Core.Tokens;

/// <summary>Trades refresh tokens. Each works once; who uses one again has stolen it or was stolen from, so its whole family ends (RFC 9700, section 4.14.2).</summary>
public sealed class TokenRefresher(TokenPairs pairs, IRefreshTokenStore store, TenantWriter writer, TenantDirectory tenants, IUserStore users, TimeProvider clock)
{
    private const int LongestToken = 256;
    private const string ReuseActor = "system:refresh_token_reuse";

    /// <exception cref="RefusedException"><c>unauthenticated</c>, <c>token_expired</c>, <c>token_revoked</c>.</exception>
    public async Task<TokenResponse> RefreshAsync(string refreshToken, CancellationToken cancellationToken)
    {
        var old = await FindAsync(refreshToken, cancellationToken) ?? throw Invalid();
        var tenant = await tenants.FindAsync(old.Tenant, cancellationToken) ?? throw Invalid();
        if (old.RevokedAt is not null)
        {
            throw Refusal.TokenRevoked.AsException().Of(AttemptOf(old, CredentialFaults.RefreshTokenRevoked));
        }

        if (old.UsedAt is not null)
        {
            throw await ReusedAsync(tenant, old, cancellationToken);
        }

        if (old.ExpiresAt <= clock.GetUtcNow())
        {
            throw Refusal.TokenExpired.AsException().Of(AttemptOf(old, CredentialFaults.RefreshTokenExpired));
        }

        if (await users.FindAsync(tenant.Id, old.User, cancellationToken) is not { DeactivatedAt: null })
        {
            throw Invalid().Of(AttemptOf(old, CredentialFaults.UserInactive));
        }

        // The new pair is stored first: a crash in between leaves one that nobody knows, and the old one still works. If the old one was used or revoked meanwhile,
        // revoking the family ends the new pair with it.
        var pair = await pairs.CreateAsync(tenant, old.User, old.Family, lifetime: null, cancellationToken);
        return await store.TryUseAsync(old.Hash, clock.GetUtcNow(), cancellationToken) ? pair : throw await ReusedAsync(tenant, old, cancellationToken);
    }

    /// <summary>The refresh token, if the text is one that was issued.</summary>
    internal async Task<RefreshToken?> FindAsync(string text, CancellationToken cancellationToken) =>
        text.StartsWith(TokenPairs.RefreshPrefix, StringComparison.Ordinal) && text.Length <= LongestToken ? await store.FindAsync(TokenPairs.HashOf(text), cancellationToken) : null;

    /// <summary>When the last access token of a family that lives now has ended by itself.</summary>
    internal static DateTimeOffset FamilyEnd(Tenant tenant, DateTimeOffset now) =>
        now + TokenOptions.ClockSkew + (tenant.MostTokenLifetime > TokenOptions.DefaultMostLifetime ? tenant.MostTokenLifetime : TokenOptions.DefaultMostLifetime);

    private async Task<RefusedException> ReusedAsync(Tenant tenant, RefreshToken old, CancellationToken cancellationToken)
    {
        var user = new Caller { Kind = CallerKind.User, Tenant = tenant.Id, User = old.User };
        var data = new TokensRevokedData(ReuseActor, old.User.Value, RevocationKind.Token, [old.Family], old.Family, null, FamilyEnd(tenant, clock.GetUtcNow()));
        await writer.AppendAsync(user, tenant.Id, SystemEntryTypes.TokensRevoked, data, IdentityJsonContext.Default.TokensRevokedData, cancellationToken);
        return Refusal.TokenRevoked.With("The refresh token was used before; all that came of it is revoked.").Of(AttemptOf(old, CredentialFaults.RefreshTokenReused));
    }

    private static CredentialAttempt AttemptOf(RefreshToken token, string fault) => new(token.Tenant, fault, Proven: true, User: token.User);

    private static RefusedException Invalid() => Refusal.Unauthenticated.With("The refresh token is not valid.");
}
