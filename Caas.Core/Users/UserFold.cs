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
        var profile = Data(entry).Deserialize(IdentityJsonContext.Default.UserProfileData)!;
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
        switch (entry.Type)
        {
            case SystemEntryTypes.UserChanged:
                var changed = Data(entry).Deserialize(IdentityJsonContext.Default.UserChangedData)!;
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
            case SystemEntryTypes.PrivacyChanged:
                var privacy = Data(entry).Deserialize(IdentityJsonContext.Default.PrivacyChangedData)!;
                return moved with { Privacy = new(privacy.ReadReceipts, privacy.DeliveryReceipts, privacy.Typing) };
            case SystemEntryTypes.NotificationPreferencesChanged:
                return moved with { Notifications = Data(entry).Deserialize(IdentityJsonContext.Default.NotificationPreferencesChangedData)!.Preferences };
            default:
                return moved; // A newer version's.
        }
    }

    private static JsonElement Data(Entry entry) => entry.Data ?? throw new InvalidOperationException($"Entry {entry.Log}/{entry.Seq} of type {entry.Type} has no data.");
}
