using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Tenants;
using Caas.Core.Users;

namespace Caas.Core.Tokens;

/// <summary>User tokens: issued to the tenant's backend, refreshed by clients, revoked.</summary>
public sealed class TokenService(TokenPairs pairs, TokenRefresher refresher, TokenVerifier verifier, TenantWriter writer, IUserStore users, TimeProvider clock)
{
    private const int MaxBatch = 100;
    private const int LeastLifetime = 60;

    /// <exception cref="RefusedException"><c>validation_failed</c>; <c>user_not_found</c>, <c>not_allowed</c> for a deactivated user and for all but the backend; <c>insufficient_scope</c>.</exception>
    public async Task<TokenResponse> IssueAsync(Caller caller, string userId, CreateTokenRequest request, CancellationToken cancellationToken)
    {
        var tenant = await RequireIssuerAsync(caller, request.ExpiresInSeconds, new(), cancellationToken);
        var user = PublicId.IsValid(userId) ? await users.FindAsync(tenant.Id, new(userId), cancellationToken) : null;
        RequireActive(user, userId);
        return await pairs.CreateAsync(tenant, user!.Id, family: null, Lifetime(request.ExpiresInSeconds), cancellationToken);
    }

    /// <summary>For up to 100 users; all of them must exist and be active, otherwise none gets one.</summary>
    /// <exception cref="RefusedException">As for one.</exception>
    public async Task<TokensResponse> IssueManyAsync(Caller caller, CreateTokensRequest request, CancellationToken cancellationToken)
    {
        var validation = new Validation()
            .Check(request.UserIds.Count is > 0 and <= MaxBatch, "userIds", $"must be 1 to {MaxBatch} ids")
            .Check(request.UserIds.Count > MaxBatch || request.UserIds.All(PublicId.IsValid), "userIds", "must be user ids");
        var tenant = await RequireIssuerAsync(caller, request.ExpiresInSeconds, validation, cancellationToken);
        UserId[] wanted = [.. request.UserIds.Select(id => new UserId(id))];
        var found = (await users.FindManyAsync(tenant.Id, [.. wanted.Distinct()], cancellationToken)).ToDictionary(user => user.Id);
        foreach (var id in wanted)
        {
            RequireActive(found.GetValueOrDefault(id), id.Value);
        }

        return new(await Task.WhenAll(wanted.Select(id => pairs.CreateAsync(tenant, id, family: null, Lifetime(request.ExpiresInSeconds), cancellationToken))));
    }

    /// <summary>Trades a refresh token for a new pair (of the default lifetime); needs no other credentials.</summary>
    /// <exception cref="RefusedException"><c>token_revoked</c> for one that was used before: its whole family is revoked then. <c>token_expired</c>, <c>unauthenticated</c>.</exception>
    public Task<TokenResponse> RefreshAsync(RefreshTokenRequest request, CancellationToken cancellationToken) => refresher.RefreshAsync(request.RefreshToken, cancellationToken);

    /// <summary>
    /// Revokes one token with its family (the pairs that came of it by refreshing), or all of a user's that were issued before a time. The backend any of its tenant, a user its own.
    /// The platform's tokens are told apart to the millisecond: one that is issued right afterwards works. Of a token that the tenant minted only the second is known;
    /// one of the same second as <c>before</c> stays.
    /// </summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>user_not_found</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task RevokeAsync(Caller caller, RevokeTokensRequest request, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireTenant();
        caller.RequireScope(Scopes.TokensWrite);
        var now = clock.GetUtcNow();
        new Validation()
            .Check(request.Token is null != request.UserId is null, "token", "or userId is required, and not both")
            .Check(request.Before is null || request.UserId is not null, "before", "goes with userId only")
            .Check(request.Before is null || request.Before <= now + TokenOptions.ClockSkew, "before", "must not be in the future")
            .ThrowIfAny();
        if (request.UserId is { } userId)
        {
            var user = (PublicId.IsValid(userId) ? await users.FindAsync(tenant, new(userId), cancellationToken) : null) ?? throw Refusal.UserNotFound.AsException();
            RequireOwn(caller, user.Id);
            var before = request.Before is { } given && given < now ? given.ToUniversalTime() : now;
            await AppendAsync(caller, new(caller.Actor, user.Id.Value, RevocationKind.UserTokens, [], null, before, now + TokenOptions.MostLifetime + TokenOptions.ClockSkew), cancellationToken);
        }
        else
        {
            await RevokeOneAsync(caller, request.Token!, cancellationToken);
        }
    }

    /// <summary>Revokes the caller's own token and its refresh family.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c> for all but an end user.</exception>
    public async Task LogoutAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (caller is not { Kind: CallerKind.User, User: { } user, TokenId: { } token, TokenExpiresAt: { } ends })
        {
            throw Refusal.NotAllowed.With("Only an end user can log out.");
        }

        if (caller.TokenFamily is { } family)
        {
            var tenant = await writer.RequireAsync(caller.Tenant, cancellationToken);
            await AppendAsync(caller, new(caller.Actor, user.Value, RevocationKind.Token, [token, family], family, null, TokenRefresher.FamilyEnd(tenant, clock.GetUtcNow())), cancellationToken);
        }
        else
        {
            await AppendAsync(caller, new(caller.Actor, user.Value, RevocationKind.Token, [token], null, null, ends), cancellationToken);
        }
    }

    private async Task RevokeOneAsync(Caller caller, string text, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (await refresher.FindAsync(text, cancellationToken) is { } refresh)
        {
            RequireToken(refresh.Tenant == caller.Tenant);
            RequireOwn(caller, refresh.User);
            if (refresh.RevokedAt is null)
            {
                var tenant = await writer.RequireAsync(caller.Tenant, cancellationToken);
                await AppendAsync(caller, new(caller.Actor, refresh.User.Value, RevocationKind.Token, [refresh.Family], refresh.Family, null, TokenRefresher.FamilyEnd(tenant, now)), cancellationToken);
            }

            return;
        }

        var token = await ProveAsync(text, cancellationToken);
        RequireToken(token?.Tenant == caller.Tenant);
        RequireOwn(caller, token!.User);
        if (token.ExpiresAt <= now)
        {
            return;
        }

        if (token.Family is { } family)
        {
            // A session that is revoked ends as a whole, its refresh token too.
            var tenant = await writer.RequireAsync(caller.Tenant, cancellationToken);
            await AppendAsync(caller, new(caller.Actor, token.User.Value, RevocationKind.Token, [token.Id, family], family, null, TokenRefresher.FamilyEnd(tenant, now)), cancellationToken);
        }
        else
        {
            await AppendAsync(caller, new(caller.Actor, token.User.Value, RevocationKind.Token, [token.Id], null, null, token.ExpiresAt + TokenOptions.ClockSkew), cancellationToken);
        }
    }

    private async Task<VerifiedToken?> ProveAsync(string token, CancellationToken cancellationToken)
    {
        try
        {
            return await verifier.ProveAsync(token, cancellationToken);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.Unauthenticated)
        {
            return null;
        }
    }

    private async Task AppendAsync(Caller caller, TokensRevokedData data, CancellationToken cancellationToken) =>
        await writer.AppendAsync(caller, caller.Tenant, SystemEntryTypes.TokensRevoked, data, IdentityJsonContext.Default.TokensRevokedData, cancellationToken);

    private async Task<Tenant> RequireIssuerAsync(Caller caller, int? expiresInSeconds, Validation validation, CancellationToken cancellationToken)
    {
        var tenant = await writer.RequireAsync(caller.RequireBackend(Scopes.TokensWrite), cancellationToken);
        var most = (int)tenant.MostTokenLifetime.TotalSeconds;
        validation.Check(expiresInSeconds is null || (expiresInSeconds >= LeastLifetime && expiresInSeconds <= most), "expiresInSeconds", $"must be {LeastLifetime} to {most}").ThrowIfAny();
        return tenant;
    }

    private static TimeSpan? Lifetime(int? seconds) => seconds is { } given ? TimeSpan.FromSeconds(given) : null;

    private static void RequireActive(User? user, string id)
    {
        if (user is null)
        {
            throw Refusal.UserNotFound.With($"There is no user {(PublicId.IsValid(id) ? id : "with such an id")}.");
        }

        if (user.DeactivatedAt is not null)
        {
            throw Refusal.NotAllowed.With($"User {user.Id} is deactivated.");
        }
    }

    private static void RequireToken(bool ofThisTenant)
    {
        if (!ofThisTenant)
        {
            throw Refusal.ValidationFailed.With("token", "is not a token of this tenant");
        }
    }

    private static void RequireOwn(Caller caller, UserId user)
    {
        if (caller.Kind == CallerKind.User && caller.User != user)
        {
            throw Refusal.NotAllowed.With("Users may revoke their own tokens only.");
        }
    }
}
