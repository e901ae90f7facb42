using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Custom;
using Caas.Core.Messages;
using Caas.Core.Paging;
using Caas.Core.Usage;

namespace Caas.Core.Users;

/// <summary>The tenant's directory of users.</summary>
public sealed class UserService(IUserStore users, UserWriter writer, Quotas quotas, Cursors cursors)
{
    private const string List = "users";
    private const int MaxQuery = 200;

    /// <summary>Creates the user, or replaces the whole profile (an absent role is <c>user</c>). Who is deactivated stays so: a nightly synchronisation must not undo it.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c> with every field, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<(UserResponse User, bool Created, bool RoleChanged)> UpsertAsync(Caller caller, string userId, UpsertUserRequest request, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.UsersWrite);
        var profile = Profile.Of(request);
        UserRules.Profile(UserRules.Id(new(), userId, "userId"), profile).ThrowIfAny();
        var id = new UserId(userId);
        var known = await users.FindAsync(tenant, id, cancellationToken);
        await quotas.RequireAsync(tenant, Quota.Users, known is null ? 1 : 0, cancellationToken);
        var (user, created) = await writer.UpsertAsync(caller, id, profile, known, cancellationToken);
        return (View(user), created, HasOtherRole(user, known));
    }

    /// <summary>Creates or replaces up to 100 users; all are checked before the first is stored. If it breaks off, the same call may be made again.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c> with every field (<c>users[3].name</c>), <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<(UsersResponse Users, IReadOnlyList<UserResponse> OfOtherRole)> UpsertManyAsync(Caller caller, UpsertUsersRequest request, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.UsersWrite);
        RequireBatch(request.Users);
        var known = (await users.FindManyAsync(tenant, [.. request.Users.Select(user => new UserId(user.Id))], cancellationToken)).ToDictionary(user => user.Id.Value, StringComparer.Ordinal);
        await quotas.RequireAsync(tenant, Quota.Users, request.Users.Count - known.Count, cancellationToken);
        var upserts = request.Users.Select(user => writer.UpsertAsync(caller, new(user.Id), Profile.Of(user), known.GetValueOrDefault(user.Id), cancellationToken));
        var upserted = (await Task.WhenAll(upserts)).Select(one => one.User).ToList();
        return (new([.. upserted.Select(View)]), [.. upserted.Where(user => HasOtherRole(user, known.GetValueOrDefault(user.Id.Value))).Select(View)]);
    }

    /// <exception cref="RefusedException"><c>user_not_found</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<UserResponse> GetAsync(Caller caller, string userId, CancellationToken cancellationToken)
    {
        RequireReader(caller);
        return View(await RequireAsync(caller.Tenant, userId, cancellationToken));
    }

    /// <summary>By id ascending; with <paramref name="query"/> those whose id or name starts with it, whatever its case.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c>, <c>invalid_cursor</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<Page<UserResponse>> ListAsync(Caller caller, string? query, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        RequireReader(caller);
        var count = PageLimit.Require(limit);
        new Validation().Check(query is null || query.Length <= MaxQuery, "query", $"must be at most {MaxQuery} characters").ThrowIfAny();
        query = string.IsNullOrEmpty(query) ? null : query;
        var list = ListScope.Of(caller.Tenant, List, query);
        var after = (await cursors.DecodeAsync(list, cursor, 1, cancellationToken))?[0];
        var found = await users.ListAsync(caller.Tenant, query, after is null ? null : new UserId(after), count + 1, cancellationToken);
        return new([.. found.Take(count).Select(View)], found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].Id.Value) : null);
    }

    /// <summary>A user may change its own name, avatar and custom data; the backend and tenant admins all of it, of anyone.</summary>
    /// <exception cref="RefusedException"><c>validation_failed</c> with every field, <c>user_not_found</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<(UserResponse User, bool RoleChanged)> UpdateAsync(Caller caller, string userId, UpdateUserRequest request, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireTenant();
        caller.RequireScope(Scopes.UsersWrite);
        UserRules.Require(request);
        var user = await RequireAsync(tenant, userId, cancellationToken);
        if (caller is { Kind: CallerKind.User, IsTenantAdmin: false } && (request.Role.IsSet || caller.User != user.Id))
        {
            throw Refusal.NotAllowed.With(request.Role.IsSet ? "role is set by the tenant's backend or an admin only." : "Users may change their own profile only.");
        }

        var patch = CustomPatch.Of(request.Custom);
        var custom = patch.ApplyTo(user.Custom);
        MessageRules.Custom(new(), patch.IsSet ? custom : null).ThrowIfAny();
        var change = new UserChangedData(
            caller.Actor,
            request.Name.IsSet && request.Name.Value != user.Name ? request.Name.Value : null,
            request.AvatarUrl.IsSet && request.AvatarUrl.Value != user.AvatarUrl ? request.AvatarUrl.Value : null,
            request.Role.IsSet && request.Role.Value != user.Role ? request.Role.Value : null,
            Custom: null,
            [.. UserWriter.Cleared(request.AvatarUrl is { IsSet: true, Value: null } && user.AvatarUrl is not null, patch.Clears && user.Custom is not null)],
            Profile.SameCustom(custom, user.Custom) ? null : patch.Merge);
        var changesNothing = change is { Name: null, AvatarUrl: null, Role: null, CustomPatch: null, Cleared.Count: 0 };
        return (View(changesNothing ? user : await writer.ChangeAsync(caller, user, change, cancellationToken)), change.Role is not null);
    }

    /// <summary>Deactivates: tokens and live connections end within 5 s, memberships and messages stay. Deactivating again changes nothing.</summary>
    /// <exception cref="RefusedException"><c>user_not_found</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task DeactivateAsync(Caller caller, string userId, CancellationToken cancellationToken)
    {
        var user = await RequireAsync(caller.RequireBackend(Scopes.UsersWrite), userId, cancellationToken);
        if (user.DeactivatedAt is null)
        {
            await writer.DeactivateAsync(caller, user, cancellationToken);
        }
    }

    /// <summary>Takes the access away for ever and has all that is kept of the user erased, which is done in the background. Asking again tells how far it is.</summary>
    /// <exception cref="RefusedException"><c>user_not_found</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<ErasureResponse> EraseAsync(Caller caller, string userId, CancellationToken cancellationToken)
    {
        var user = await RequireAnyAsync(caller, userId, cancellationToken);
        return ErasureOf(user.Erased is null ? await writer.EraseAsync(caller, user, cancellationToken) : user) ?? throw Refusal.Unavailable.AsException();
    }

    /// <summary>How far a user's erasure is; null when nobody asked for one.</summary>
    /// <exception cref="RefusedException"><c>user_not_found</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<ErasureResponse?> FindErasureAsync(Caller caller, string userId, CancellationToken cancellationToken) => ErasureOf(await RequireAnyAsync(caller, userId, cancellationToken));

    /// <summary>Lets a deactivated user in again: with new tokens, the old ones stay revoked. One who is active stays as it is.</summary>
    /// <exception cref="RefusedException"><c>user_not_found</c>, <c>not_allowed</c>, <c>insufficient_scope</c>.</exception>
    public async Task<UserResponse> ReactivateAsync(Caller caller, string userId, CancellationToken cancellationToken)
    {
        var user = await RequireAsync(caller.RequireBackend(Scopes.UsersWrite), userId, cancellationToken);
        await quotas.RequireAsync(user.Tenant, Quota.Users, user.DeactivatedAt is null ? 0 : 1, cancellationToken);
        return View(user.DeactivatedAt is null ? user : await writer.ReactivateAsync(caller, user, cancellationToken));
    }

    private static bool HasOtherRole(User user, User? before) => user.Role != (before?.Role ?? UserRoles.User);

    private static ErasureResponse? ErasureOf(User user) => user.Erased is { } erased ? new(user.Id.Value, erased.Pseudonym, erased.At, erased.CompletedAt) : null;

    private static void RequireReader(Caller caller)
    {
        caller.RequireTenant();
        caller.RequireScope(Scopes.UsersRead);
    }

    private static void RequireBatch(IReadOnlyList<BatchUser> batch)
    {
        new Validation().Check(batch.Count is > 0 and <= UserRules.MaxBatch, "users", $"must be 1 to {UserRules.MaxBatch}").ThrowIfAny();
        var validation = new Validation();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < batch.Count; i++)
        {
            if (batch[i] is not { } user)
            {
                validation.Check(false, $"users[{i}]", "must not be null");
                continue;
            }

            UserRules.Id(validation, user.Id, $"users[{i}].id").Check(user.Id is null || seen.Add(user.Id), $"users[{i}].id", "stands in the batch twice");
            UserRules.Profile(validation, Profile.Of(user), $"users[{i}].");
        }

        validation.ThrowIfAny();
    }

    /// <summary>An id of a wrong form is no user's.</summary>
    private async Task<User> RequireAsync(TenantId tenant, string userId, CancellationToken cancellationToken) =>
        (PublicId.IsValid(userId) ? await users.FindAsync(tenant, new(userId), cancellationToken) : null) ?? throw Refusal.UserNotFound.AsException();

    /// <summary>Also one who is being erased, or is.</summary>
    private async Task<User> RequireAnyAsync(Caller caller, string userId, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.UsersWrite);
        return (PublicId.IsValid(userId) ? await users.FindAnyAsync(tenant, new(userId), cancellationToken) : null) ?? throw Refusal.UserNotFound.AsException();
    }

    private static UserResponse View(User user) => new(user.Id.Value, user.Name, user.AvatarUrl, user.Role, user.Custom, user.CreatedAt, user.UpdatedAt, user.DeactivatedAt);
}
