using Caas.Core.Tokens;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Tokens;

/// <summary>User tokens: issued to the tenant's backend, refreshed and ended by clients.</summary>
internal static class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/").WithTags("Tokens");
        group.MapPost("/users/{userId}/tokens", IssueAsync).WithName("CreateToken").WithSummary("Issue a token for a user").AllowCallers(CallerKinds.Backend, "tokens").IdempotentSecret("userId")
            .Refuses(Refusal.UserNotFound);
        group.MapPost("/tokens/batch", IssueManyAsync).WithName("CreateTokens").WithSummary("Issue tokens for up to 100 users").AllowCallers(CallerKinds.Backend, "tokens").IdempotentSecret(id: null)
            .Refuses(Refusal.UserNotFound);
        group.MapPost("/tokens/refresh", RefreshAsync).WithName("RefreshToken").WithSummary("Trade a refresh token for a new pair").IdempotentSecret("userId")
            .WithDescription("Needs no other credentials. Each refresh token works once: using one again revokes all that came of it.").Refuses(Refusal.Unauthenticated, Refusal.TokenExpired, Refusal.TokenRevoked);
        group.MapPost("/tokens/revoke", RevokeAsync).WithName("RevokeTokens").Audited("tokens.revoked").WithSummary("Revoke a token, or a user's tokens").AllowCallers(CallerKinds.Backend | CallerKinds.User, "tokens").Idempotent()
            .WithDescription("Users may revoke their own. Live connections of a revoked token end within 5 s.").Refuses(Refusal.UserNotFound);
        group.MapPost("/logout", LogoutAsync).WithName("Logout").WithSummary("Revoke the caller's own token").AllowCallers(CallerKinds.User).Idempotent();
    }

    private static async Task<Created<TokenResponse>> IssueAsync(string userId, CreateTokenRequest? request, Caller caller, TokenService tokens, CancellationToken cancellationToken) =>
        TypedResults.Created((string?)null, await tokens.IssueAsync(caller, userId, request ?? new(), cancellationToken));

    private static async Task<Created<TokensResponse>> IssueManyAsync(CreateTokensRequest request, Caller caller, TokenService tokens, CancellationToken cancellationToken) =>
        TypedResults.Created((string?)null, await tokens.IssueManyAsync(caller, request, cancellationToken));

    private static async Task<Ok<TokenResponse>> RefreshAsync(RefreshTokenRequest request, TokenService tokens, CancellationToken cancellationToken) =>
        TypedResults.Ok(await tokens.RefreshAsync(request, cancellationToken));

    private static async Task<NoContent> RevokeAsync(RevokeTokensRequest request, Caller caller, TokenService tokens, CancellationToken cancellationToken)
    {
        await tokens.RevokeAsync(caller, request, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> LogoutAsync(Caller caller, TokenService tokens, CancellationToken cancellationToken)
    {
        await tokens.LogoutAsync(caller, cancellationToken);
        return TypedResults.NoContent();
    }
}
