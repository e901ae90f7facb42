using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Notifications;
using Caas.Core.Privacy;

namespace Caas.Core.Users;

/// <summary>A user's projection from its <c>$user/{id}</c> log.</summary>
public sealed record User
{
    public required TenantId Tenant { get; init; }
    public required UserId Id { get; init; }
    public required string Name { get; init; }
    public string? AvatarUrl { get; init; }

    /// <summary><c>user</c> or <c>admin</c>.</summary>
    public required string Role { get; init; }
    public JsonElement? Custom { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Set while deactivated: no tokens, no connections, no new memberships.</summary>
    public DateTimeOffset? DeactivatedAt { get; init; }

    /// <summary>What the user lets others know.</summary>
    public PrivacySettings Privacy { get; init; } = PrivacySettings.Open;

    /// <summary>How the user is notified.</summary>
    public NotificationPreferencesResponse Notifications { get; init; } = NotificationDefaults.Preferences;

    /// <summary>Set for ever once the user is to be erased. Only the id is left, as a tombstone.</summary>
    public ErasedState? Erased { get; init; }

    /// <summary>The seq of the last entry of the user's log that is folded in.</summary>
    public required long Rev { get; init; }
}

/// <param name="At">When it was asked for.</param>
/// <param name="CompletedAt">When nothing was left. Not a fold's to set.</param>
public sealed record ErasedState(string Pseudonym, DateTimeOffset At, DateTimeOffset? CompletedAt = null);
