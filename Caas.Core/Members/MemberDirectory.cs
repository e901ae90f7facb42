using Caas.Core.Users;

namespace Caas.Core.Members;

/// <summary>Looks users up before they become members.</summary>
public sealed class MemberDirectory(IUserStore users)
{
    /// <exception cref="RefusedException"><c>user_not_found</c>, naming those who do not exist or are deactivated.</exception>
    public async Task RequireActiveAsync(TenantId tenant, IReadOnlyCollection<UserId> wanted, CancellationToken cancellationToken)
    {
        if (wanted.Count == 0)
        {
            return;
        }

        var active = (await users.FindManyAsync(tenant, wanted, cancellationToken)).Where(user => user.DeactivatedAt is null).Select(user => user.Id).ToHashSet();
        var missing = wanted.Where(user => !active.Contains(user)).ToArray();
        if (missing.Length > 0)
        {
            throw Refusal.UserNotFound.With($"No such active user: {string.Join(", ", missing.Take(10))}{(missing.Length > 10 ? $" and {missing.Length - 10} more" : "")}.");
        }
    }
}
