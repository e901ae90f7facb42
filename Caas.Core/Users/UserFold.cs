using System.Text.Json;
using Caas.Core.Custom;
using Caas.Core.Entries;
using Caas.Core.Json;

namespace Caas.Core.Users;

/// <summary>What entries make of a user.</summary>
internal static class UserFold
{
    public static User Create(Entry entry)
    {
        // Without data the user was erased: an entry that says so follows in the log.
        var profile = entry.Data?.Deserialize(IdentityJsonContext.Default.UserProfileData) ?? new("", "", null, UserRoles.User, null);
        return new()
        {
            Tenant = entry.Log.Tenant,
            Id = new(entry.Log.Name[(entry.Log.Name.IndexOf('/', StringComparison.Ordinal) + 1)..]),
            Name = profile.Name,
            AvatarUrl = profile.AvatarUrl,
            Role = profile.Role,
            Custom = profile.Custom,
            CreatedAt = entry.At,
            UpdatedAt = entry.At,
            Rev = entry.Seq,
        };
    }

    public static User Apply(User user, Entry entry)
    {
        var moved = user with { Rev = entry.Seq };
        if (user.Erased is not null)
        {
            return moved; // Somebody changed the user at the same moment.
        }

        switch (entry.Type)
        {
            case SystemEntryTypes.UserErasing when entry.Data?.Deserialize(IdentityJsonContext.Default.UserErasingData) is { } erasing:
                return new()
                {
                    Tenant = user.Tenant,
                    Id = user.Id,
                    Name = "",
                    Role = UserRoles.User,
                    CreatedAt = user.CreatedAt,
                    UpdatedAt = entry.At,
                    DeactivatedAt = user.DeactivatedAt ?? entry.At,
                    Erased = new(erasing.Pseudonym, entry.At),
                    Rev = entry.Seq,
                };
            case SystemEntryTypes.UserChanged when entry.Data?.Deserialize(IdentityJsonContext.Default.UserChangedData) is { } changed:
                return moved with
                {
                    Name = changed.Name ?? user.Name,
                    AvatarUrl = changed.Cleared.Contains("avatarUrl") ? null : changed.AvatarUrl ?? user.AvatarUrl,
                    Role = changed.Role ?? user.Role,
                    Custom = changed.Cleared.Contains("custom") ? null : changed.CustomPatch is { } patch ? MergePatch.Apply(user.Custom, patch) : changed.Custom ?? user.Custom,
                    UpdatedAt = entry.At,
                };
            case SystemEntryTypes.UserDeactivated:
                return moved with { DeactivatedAt = user.DeactivatedAt ?? entry.At, UpdatedAt = entry.At };
            case SystemEntryTypes.UserReactivated:
                return moved with { DeactivatedAt = null, UpdatedAt = entry.At };
            case SystemEntryTypes.PrivacyChanged when entry.Data?.Deserialize(IdentityJsonContext.Default.PrivacyChangedData) is { } privacy:
                return moved with { Privacy = new(privacy.ReadReceipts, privacy.DeliveryReceipts, privacy.Typing) };
            case SystemEntryTypes.NotificationPreferencesChanged when entry.Data?.Deserialize(IdentityJsonContext.Default.NotificationPreferencesChangedData) is { } notifications:
                return moved with { Notifications = notifications.Preferences };
            default:
                return moved; // A newer version's, or one whose data was erased.
        }
    }
}
