using System.Text.Json;

namespace Caas.Contracts;

/// <summary>Creates or replaces a user's profile.</summary>
/// <param name="Name">1 to 200 characters.</param>
/// <param name="AvatarUrl">An absolute http(s) URL of at most 2,048 characters.</param>
/// <param name="Role"><c>user</c> (default) or <c>admin</c>, who may do in every conversation of the tenant what an owner may.</param>
/// <param name="Custom">Any JSON object of at most 8 KiB.</param>
public sealed record UpsertUserRequest(string Name, string? AvatarUrl = null, string? Role = null, JsonElement? Custom = null);

/// <summary>Creates or replaces up to 100 users.</summary>
public sealed record UpsertUsersRequest(IReadOnlyList<BatchUser> Users);

/// <summary>One user of a batch.</summary>
public sealed record BatchUser(string Id, string Name, string? AvatarUrl = null, string? Role = null, JsonElement? Custom = null);

/// <summary>A user of the tenant's directory.</summary>
public sealed record UserResponse(string Id, string Name, string? AvatarUrl, string Role, JsonElement? Custom, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, DateTimeOffset? DeactivatedAt);

/// <summary>The users of a batch, in its order.</summary>
public sealed record UsersResponse(IReadOnlyList<UserResponse> Items);
