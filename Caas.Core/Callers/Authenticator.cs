using System.Net;
using System.Security.Cryptography;
using System.Text;
using Caas.Core.ApiKeys;
using Caas.Core.Audit;
using Caas.Core.Bans;
using Caas.Core.Entries;
using Caas.Core.Secrets;
using Caas.Core.Tokens;
using Caas.Core.Users;
using Microsoft.Extensions.Options;

namespace Caas.Core.Callers;

/// <summary>Turns credentials into a <see cref="Caller"/>.</summary>
public sealed class Authenticator(
    ApiKeyVerifier keys, TokenVerifier tokens, UserDirectory users, BanDirectory bans, RevocationList revocations, IdentityMetrics metrics, IOptions<PlatformSecrets> secrets)
{
    private static readonly Caller Admin = new() { Kind = CallerKind.Admin };
    private readonly byte[]? _adminKey = secrets.Value.AdminKey is { } key ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;

    /// <summary>The platform's admin key. Compared in constant time.</summary>
    public Caller? TryAdmin(string bearer)
    {
        if (_adminKey is null || !CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(bearer)), _adminKey))
        {
            return null;
        }

        metrics.Judged("admin", "ok");
        return Admin;
    }

    /// <summary>A tenant's API key, <c>id.secret</c>, perhaps on behalf of a user (who must exist and be active).</summary>
    /// <exception cref="RefusedException">
    /// <c>unauthenticated</c>; <c>not_allowed</c> for an address that the key may not be used from; <c>user_not_found</c> for an unknown or deactivated on-behalf-of,
    /// <c>validation_failed</c> for one of a wrong form.
    /// </exception>
    public Task<Caller> AuthenticateApiKeyAsync(string key, string? onBehalfOf, IPAddress? from, CancellationToken cancellationToken) =>
        CountedAsync("key", () => ApiKeyCallerAsync(key, onBehalfOf, from, cancellationToken));

    /// <summary>A user token: the platform's (ES256, or HS256 with its <c>JWT_SECRET</c>) or one that the tenant minted (HS256 with its own secret).</summary>
    /// <exception cref="RefusedException"><c>unauthenticated</c>, <c>token_expired</c>, <c>token_revoked</c>, <c>banned</c>.</exception>
    public Task<Caller> AuthenticateTokenAsync(string token, CancellationToken cancellationToken) => CountedAsync("token", () => TokenCallerAsync(token, cancellationToken));

    private async Task<Caller> ApiKeyCallerAsync(string text, string? onBehalfOf, IPAddress? from, CancellationToken cancellationToken)
    {
        var key = await keys.VerifyAsync(text, from, cancellationToken);
        var caller = new Caller { Kind = CallerKind.Backend, Tenant = key.Tenant, KeyId = key.Id, Scopes = key.Scopes };
        if (revocations.Check(caller) is { } refusal)
        {
            throw refusal.AsException();
        }

        if (string.IsNullOrEmpty(onBehalfOf))
        {
            return caller;
        }

        var user = await users.FindActiveAsync(key.Tenant, new(PublicId.Require(onBehalfOf, "X-On-Behalf-Of")), cancellationToken)
            ?? throw Refusal.UserNotFound.With("X-On-Behalf-Of names no active user.");
        await RequireNotBannedAsync(key.Tenant, user.Id, attempt: null, cancellationToken);
        return caller with { User = user.Id, IsTenantAdmin = user.Role == UserRoles.Admin };
    }

    private async Task<Caller> TokenCallerAsync(string text, CancellationToken cancellationToken)
    {
        var token = await tokens.VerifyAsync(text, cancellationToken);
        var caller = new Caller
        {
            Kind = CallerKind.User,
            Tenant = token.Tenant,
            User = token.User,
            TokenId = token.Id,
            TokenFamily = token.Family,
            TokenIssuedAt = token.IssuedAt,
            TokenExpiresAt = token.ExpiresAt,
        };
        var attempt = new CredentialAttempt(token.Tenant, CredentialFaults.TokenRevoked, Proven: true, User: token.User);
        if (revocations.Check(caller) is { } refusal)
        {
            throw refusal.AsException().Of(attempt);
        }

        var user = await users.FindActiveAsync(token.Tenant, token.User, cancellationToken)
            ?? throw Refusal.Unauthenticated.With("The token's user does not exist or is deactivated.").Of(attempt with { Reason = CredentialFaults.UserInactive });
        await RequireNotBannedAsync(token.Tenant, token.User, attempt with { Reason = CredentialFaults.UserBanned }, cancellationToken);
        return caller with { IsTenantAdmin = user.Role == UserRoles.Admin };
    }

    private async ValueTask RequireNotBannedAsync(TenantId tenant, UserId user, CredentialAttempt? attempt, CancellationToken cancellationToken)
    {
        if (await bans.IsBannedAsync(tenant, user, conversation: null, cancellationToken))
        {
            throw Refusal.Banned.AsException().Of(attempt);
        }
    }

    private async Task<Caller> CountedAsync(string kind, Func<Task<Caller>> authenticate)
    {
        try
        {
            var caller = await authenticate();
            metrics.Judged(kind, "ok");
            return caller;
        }
        catch (RefusedException refused)
        {
            metrics.Judged(kind, refused.Refusal.Code);
            throw;
        }
        catch (StoreUnavailableException)
        {
            metrics.Judged(kind, Refusal.Unavailable.Code);
            throw;
        }
    }
}
