using Caas.Core.Bans;
using Caas.Core.Users;

namespace Caas.Core.Members;

/// <summary>Looks users up before they become members.</summary>
public sealed class MemberDirectory(IUserStore users, BanDirectory bans)
{
    /// <summary>So many are asked about at once.</summary>
    private const int AtOnce = 64;

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

    /// <exception cref="RefusedException"><c>banned</c>, naming those who are, from the tenant or from the conversation.</exception>
    public async Task RequireNotBannedAsync(TenantId tenant, ConversationId conversation, IReadOnlyCollection<UserId> wanted, CancellationToken cancellationToken) =>
        ThrowIfAny(await FindBannedAsync(tenant, conversation, wanted, cancellationToken));

    /// <summary>Those who are banned now, from the tenant or from the conversation.</summary>
    internal async Task<IReadOnlyList<UserId>> FindBannedAsync(TenantId tenant, ConversationId conversation, IReadOnlyCollection<UserId> wanted, CancellationToken cancellationToken)
    {
        var banned = new List<UserId>();
        foreach (var some in wanted.Chunk(AtOnce))
        {
            var answers = await Task.WhenAll(some.Select(async user =>
                await bans.IsBannedAsync(tenant, user, conversation, cancellationToken) || await bans.IsBannedAsync(tenant, user, conversation: null, cancellationToken)));
            banned.AddRange(some.Zip(answers).Where(one => one.Second).Select(one => one.First));
        }

        return banned;
    }

    /// <exception cref="RefusedException"><c>banned</c>.</exception>
    internal static void ThrowIfAny(IReadOnlyList<UserId> banned)
    {
        if (banned.Count > 0)
        {
            throw Refusal.Banned.With($"{string.Join(", ", banned.Take(10))}{(banned.Count > 10 ? $" and {banned.Count - 10} more are" : banned.Count > 1 ? " are" : " is")} banned.");
        }
    }
}
