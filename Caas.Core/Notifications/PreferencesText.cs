using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Json;

namespace Caas.Core.Notifications;

/// <summary>Preferences as stores keep them: JSON, and nothing where they are the defaults.</summary>
public static class PreferencesText
{
    public static string? Write(NotificationPreferencesResponse preferences) =>
        ReferenceEquals(preferences, NotificationDefaults.Preferences) ? null : JsonSerializer.Serialize(preferences, IdentityJsonContext.Default.NotificationPreferencesResponse);

    public static NotificationPreferencesResponse Read(string? text) =>
        text is null ? NotificationDefaults.Preferences : JsonSerializer.Deserialize(text, IdentityJsonContext.Default.NotificationPreferencesResponse)!;
}
