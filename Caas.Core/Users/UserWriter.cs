using System.Security.Cryptography;
using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Notifications;
using Caas.Core.Privacy;
using Caas.Core.Tokens;

namespace Caas.Core.Users;

/// <summary>Changes users: entry first in the user's log, then the projection, then the cache of this process.</summary>
public sealed class UserWriter(ReservedLogs logs, UserProjection projection, IUserStore users, UserDirectory directory, TimeProvider clock)
{
    /// <summary>Creates or replaces; where nothing differs, nothing is written. Who is deactivated stays so.</summary>
    /// <returns>The user, and whether it is new.</returns>
    internal async Task<(User User, bool Created)> UpsertAsync(Caller caller, UserId id, Profile profile, User? known, CancellationToken cancellationToken)
    {
        var data = new UserProfileData(caller.Actor, profile.Name, profile.AvatarUrl, profile.Role, profile.Custom);
        if (known is null)
        {
            try
            {
                var entry = await logs.AppendAsync(caller, LogId.OfUser(caller.Tenant, id), SystemEntryTypes.UserCreated, data, IdentityJsonContext.Default.UserProfileData, cancellationToken, onlyFirst: true);
                return (await SaveAsync(null, entry), true);
            }
            catch (RefusedException refused) when (refused.Refusal == Refusal.IdTaken)
            {
                // Somebody was faster, or died before the projection.
                known = await projection.FoldAsync(caller.Tenant, id, cancellationToken) ?? throw new InvalidOperationException($"The log of user {caller.Tenant}/{id} is taken and empty.");
            }
        }

        if (known.Erased is not null)
        {
            throw Refusal.IdTaken.With("The user was erased; its id is never given again.");
        }

        return profile.IsOf(known) ? (known, false) : (await ChangeAsync(caller, known, Whole(caller, profile), cancellationToken), false);
    }

    internal async Task<User> ChangeAsync(Caller caller, User user, UserChangedData change, CancellationToken cancellationToken)
    {
        var entry = await logs.AppendAsync(caller, LogId.OfUser(user.Tenant, user.Id), SystemEntryTypes.UserChanged, change, IdentityJsonContext.Default.UserChangedData, cancellationToken);
        return await SaveAsync(user, entry);
    }

    internal async Task DeactivateAsync(Caller caller, User user, CancellationToken cancellationToken)
    {
        var data = new UserDeactivatedData(caller.Actor, clock.GetUtcNow() + TokenOptions.MostLifetime + TokenOptions.ClockSkew);
        var entry = await logs.AppendAsync(caller, LogId.OfUser(user.Tenant, user.Id), SystemEntryTypes.UserDeactivated, data, IdentityJsonContext.Default.UserDeactivatedData, cancellationToken);
        await SaveAsync(user, entry);
    }

    /// <summary>Deactivates for ever, under a name that nobody can guess. Of two who ask at once the first counts.</summary>
    internal async Task<User> EraseAsync(Caller caller, User user, CancellationToken cancellationToken)
    {
        var data = new UserErasingData(caller.Actor, UserRules.ErasedPrefix + RandomNumberGenerator.GetHexString(32, lowercase: true), clock.GetUtcNow() + TokenOptions.MostLifetime + TokenOptions.ClockSkew);
        return await SaveAsync(user, await logs.AppendAsync(caller, LogId.OfUser(user.Tenant, user.Id), SystemEntryTypes.UserErasing, data, IdentityJsonContext.Default.UserErasingData, cancellationToken));
    }

    internal async Task<User> ReactivateAsync(Caller caller, User user, CancellationToken cancellationToken)
    {
        var entry = await logs.AppendAsync(caller, LogId.OfUser(user.Tenant, user.Id), SystemEntryTypes.UserReactivated, new(caller.Actor), IdentityJsonContext.Default.UserReactivatedData, cancellationToken);
        return await SaveAsync(user, entry);
    }

    internal async Task<User> ChangePrivacyAsync(Caller caller, User user, PrivacySettings privacy, CancellationToken cancellationToken)
    {
        var data = new PrivacyChangedData(caller.Actor, privacy.ReadReceipts, privacy.DeliveryReceipts, privacy.Typing);
        var entry = await logs.AppendAsync(caller, LogId.OfUser(user.Tenant, user.Id), SystemEntryTypes.PrivacyChanged, data, IdentityJsonContext.Default.PrivacyChangedData, cancellationToken);
        return await SaveAsync(user, entry);
    }

    internal async Task<User> ChangeNotificationsAsync(Caller caller, User user, NotificationPreferencesResponse preferences, CancellationToken cancellationToken)
    {
        var data = new NotificationPreferencesChangedData(caller.Actor, preferences);
        var entry = await logs.AppendAsync(caller, LogId.OfUser(user.Tenant, user.Id), SystemEntryTypes.NotificationPreferencesChanged, data, IdentityJsonContext.Default.NotificationPreferencesChangedData, cancellationToken);
        return await SaveAsync(user, entry);
    }

    internal async Task ChangeBlockAsync(Caller caller, User user, UserId other, bool blocks, CancellationToken cancellationToken)
    {
        var type = blocks ? SystemEntryTypes.UserBlocked : SystemEntryTypes.UserUnblocked;
        await SaveAsync(user, await logs.AppendAsync(caller, LogId.OfUser(user.Tenant, user.Id), type, new(caller.Actor, other.Value), IdentityJsonContext.Default.BlockChangedData, cancellationToken));
    }

    internal async Task ChangeBanAsync(Caller caller, User user, BanChangedData change, bool lifted, CancellationToken cancellationToken)
    {
        var type = lifted ? SystemEntryTypes.UserUnbanned : SystemEntryTypes.UserBanned;
        await SaveAsync(user, await logs.AppendAsync(caller, LogId.OfUser(user.Tenant, user.Id), type, change, IdentityJsonContext.Default.BanChangedData, cancellationToken));
    }

    private static UserChangedData Whole(Caller caller, Profile profile) =>
        new(caller.Actor, profile.Name, profile.AvatarUrl, profile.Role, profile.Custom, [.. Cleared(profile.AvatarUrl is null, profile.Custom is null)]);

    internal static IEnumerable<string> Cleared(bool avatarUrl, bool custom)
    {
        if (avatarUrl)
        {
            yield return "avatarUrl";
        }

        if (custom)
        {
            yield return "custom";
        }
    }

    /// <summary>The entry is durable: this is finished even if the caller has gone.</summary>
    private async Task<User> SaveAsync(User? before, Entry entry)
    {
        User user;
        if (entry.Seq == (before?.Rev ?? 0) + 1)
        {
            user = await projection.ApplyAsync(before, entry, CancellationToken.None);
            await users.SaveAsync([user], CancellationToken.None);
        }
        else
        {
            var (tenant, id) = before is null ? throw new InvalidOperationException($"Entry {entry.Log}/{entry.Seq} is not the first.") : (before.Tenant, before.Id);
            user = await projection.FoldAsync(tenant, id, CancellationToken.None) ?? before;
        }

        directory.Forget(user.Tenant, user.Id);
        return user;
    }
}
