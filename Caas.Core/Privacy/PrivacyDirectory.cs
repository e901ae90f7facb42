using Caas.Core.Users;

namespace Caas.Core.Privacy;

/// <summary>Privacy settings for the hot path: of active users at most 3 s old. Deactivated users keep hiding what they hid.</summary>
public sealed class PrivacyDirectory(UserDirectory directory, IUserStore users)
{
    /// <summary>One user's settings; of an unknown user: open.</summary>
    public async ValueTask<PrivacySettings> FindAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) =>
        (await directory.FindActiveAsync(tenant, user, cancellationToken) ?? await users.FindAsync(tenant, user, cancellationToken))?.Privacy ?? PrivacySettings.Open;

    /// <summary>Those of <paramref name="ids"/> whose settings are not open, read at once from the store.</summary>
    public async Task<IReadOnlyDictionary<UserId, PrivacySettings>> FindHidingAsync(TenantId tenant, IReadOnlyCollection<UserId> ids, CancellationToken cancellationToken) =>
        ids.Count == 0 ? new Dictionary<UserId, PrivacySettings>()
            : (await users.FindManyAsync(tenant, ids, cancellationToken)).Where(user => user.Privacy != PrivacySettings.Open).ToDictionary(user => user.Id, user => user.Privacy);
}
