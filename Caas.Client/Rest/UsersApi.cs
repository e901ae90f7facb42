using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>The tenant's users.</summary>
public sealed class UsersApi
{
    private readonly RestCaller _caller;

    internal UsersApi(RestCaller caller) => _caller = caller;

    /// <summary>Creates a user, or replaces the profile.</summary>
    public Task<UserResponse> UpsertAsync(string userId, UpsertUserRequest request, CancellationToken cancellationToken = default) =>
        _caller.PutAsync<UserResponse>(Path($"/v1/users/{userId}"), request, cancellationToken);

    /// <summary>The same for up to 100.</summary>
    public async Task<IReadOnlyList<UserResponse>> UpsertAsync(IReadOnlyList<BatchUser> users, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        (await _caller.PostAsync<UsersResponse>("/v1/users/batch", new UpsertUsersRequest(users), idempotencyKey, cancellationToken)).Items;

    public Task<UserResponse> GetAsync(string userId, CancellationToken cancellationToken = default) => _caller.GetAsync<UserResponse>(Path($"/v1/users/{userId}"), cancellationToken);

    /// <param name="query">What the name or id contains; null: all.</param>
    public IAsyncEnumerable<UserResponse> ListAsync(string? query = null, CancellationToken cancellationToken = default) =>
        _caller.ListAsync<UserResponse>(Query("/v1/users", ("query", query)), cancellationToken);

    /// <inheritdoc cref="ListAsync"/>
    public Task<Page<UserResponse>> PageAsync(string? query = null, string? cursor = null, int? limit = null, CancellationToken cancellationToken = default) =>
        _caller.PageAsync<UserResponse>(Query("/v1/users", ("query", query)), cursor, limit, cancellationToken);

    public Task<UserResponse> UpdateAsync(string userId, UpdateUserRequest request, CancellationToken cancellationToken = default) =>
        _caller.PatchAsync<UserResponse>(Path($"/v1/users/{userId}"), request, null, cancellationToken);

    /// <summary>Writes everything about the user, a ZIP of files of JSON lines, as it comes; for a tenant's backend. What breaks off is no valid archive: begin again.</summary>
    public Task ExportAsync(string userId, Stream target, CancellationToken cancellationToken = default) => _caller.DownloadAsync(Path($"/v1/users/{userId}/export"), target, cancellationToken);

    /// <summary>Takes the user's access away, until <see cref="ReactivateAsync"/>.</summary>
    public Task DeactivateAsync(string userId, CancellationToken cancellationToken = default) => _caller.DeleteAsync(Path($"/v1/users/{userId}?mode=deactivate"), cancellationToken);

    /// <summary>Takes the access away for ever and has all that is kept of the user erased; for a tenant's backend. Call it again to learn whether it is done.</summary>
    public Task<ErasureResponse> EraseAsync(string userId, CancellationToken cancellationToken = default) =>
        _caller.DeleteAsync<ErasureResponse>(Path($"/v1/users/{userId}?mode=erase"), cancellationToken);

    /// <summary>Gives it back, with new tokens: those of before stay revoked. One who is active stays as it is.</summary>
    public Task<UserResponse> ReactivateAsync(string userId, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<UserResponse>(Path($"/v1/users/{userId}/reactivate"), null, idempotencyKey, cancellationToken);
}

/// <summary>User tokens.</summary>
public sealed class TokensApi
{
    private readonly RestCaller _caller;

    internal TokensApi(RestCaller caller) => _caller = caller;

    /// <param name="expiresInSeconds">60 to the tenant's maximum; default 3,600.</param>
    /// <exception cref="CaasException"><c>user_not_found</c>.</exception>
    public Task<TokenResponse> CreateAsync(string userId, int? expiresInSeconds = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<TokenResponse>(Path($"/v1/users/{userId}/tokens"), new CreateTokenRequest(expiresInSeconds), idempotencyKey, cancellationToken);

    /// <summary>The same for up to 100 users, in their order.</summary>
    public async Task<IReadOnlyList<TokenResponse>> CreateAsync(IReadOnlyList<string> userIds, int? expiresInSeconds = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        (await _caller.PostAsync<TokensResponse>("/v1/tokens/batch", new CreateTokensRequest(userIds, expiresInSeconds), idempotencyKey, cancellationToken)).Items;

    /// <summary>Trades a refresh token for a new pair; each works once. Needs no other credential.</summary>
    /// <exception cref="CaasException"><c>already_created</c>: an earlier try did it and its answer was lost; the user must sign in again.</exception>
    public Task<TokenResponse> RefreshAsync(string refreshToken, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<TokenResponse>("/v1/tokens/refresh", new RefreshTokenRequest(refreshToken), idempotencyKey, cancellationToken);

    /// <summary>Revokes one token, or a user's. Live connections end within 5 s.</summary>
    public Task RevokeAsync(RevokeTokensRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync("/v1/tokens/revoke", request, idempotencyKey, cancellationToken);

    /// <summary>Revokes the calling user's own token.</summary>
    public Task LogoutAsync(CancellationToken cancellationToken = default) => _caller.PostAsync("/v1/logout", null, null, cancellationToken);
}
