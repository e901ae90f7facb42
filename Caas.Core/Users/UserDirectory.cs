using Caas.Core.Caching;

namespace Caas.Core.Users;

/// <summary>Users for the hot path: cached for at most 3 s, so that a deactivation or a new role counts everywhere within 5 s. Unknown and deactivated users are not kept.</summary>
public sealed class UserDirectory(IUserStore store, TimeProvider clock)
{
    private readonly TimedCache<(TenantId Tenant, UserId User), User> _users =
        new(async key => await store.FindAsync(key.Tenant, key.User, CancellationToken.None) is { DeactivatedAt: null } user ? user : null, TimeSpan.FromSeconds(3), 50_000, clock);

    /// <summary>The user, unless there is none or it is deactivated.</summary>
    public ValueTask<User?> FindActiveAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) => _users.GetAsync((tenant, user), cancellationToken);

    /// <summary>Drops what is cached: it was just changed here.</summary>
    public void Forget(TenantId tenant, UserId user) => _users.Forget((tenant, user));
}
