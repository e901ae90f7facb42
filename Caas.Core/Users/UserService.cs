using Caas.Contracts;
using Caas.Core.Callers;

namespace Caas.Core.Users;

/// <summary>The tenant's directory of users.</summary>
public sealed class UserService
{
    public Task<(UserResponse User, bool Created)> UpsertAsync(Caller caller, string userId, UpsertUserRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<UsersResponse> UpsertManyAsync(Caller caller, UpsertUsersRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<UserResponse> GetAsync(Caller caller, string userId, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<Page<UserResponse>> ListAsync(Caller caller, string? query, int? limit, string? cursor, CancellationToken cancellationToken) => throw new NotImplementedException();

    public Task<UserResponse> UpdateAsync(Caller caller, string userId, UpdateUserRequest request, CancellationToken cancellationToken) => throw new NotImplementedException();

    /// <summary>Deactivates: tokens and live connections end within 5 s, memberships and messages stay. An upsert reactivates.</summary>
    public Task DeactivateAsync(Caller caller, string userId, CancellationToken cancellationToken) => throw new NotImplementedException();
}
