using Caas.Contracts;
using Caas.Core.Blocks;

namespace Caas.Core.Presence;

/// <summary>What a user wants to be seen as.</summary>
/// <param name="ChosenAt">In whole milliseconds; the latest counts.</param>
/// <param name="ExpiresAt">In whole milliseconds; null: it does not end by itself.</param>
public sealed record PresenceChoice(PresenceStatus Status, string? Text, DateTimeOffset ChosenAt, DateTimeOffset? ExpiresAt)
{
    /// <summary>Whether the user wants not to be seen.</summary>
    public bool Hides => Status is PresenceStatus.Invisible or PresenceStatus.Offline;
}

/// <summary>How a user is there, with what only the user may know.</summary>
/// <param name="Version">Rises with each change, also over the loss of what kept it; 0: nothing is known.</param>
/// <param name="Status"><c>Invisible</c> for one who is there and hides.</param>
/// <param name="Text">Null also for one who is away and hid.</param>
/// <param name="LastSeenAt">When the user was last to be seen, or began to be.</param>
public sealed record PresenceRecord(TenantId Tenant, UserId User, long Version, PresenceStatus Status, string? Text, DateTimeOffset? LastSeenAt)
{
    public bool IsVisible => Status is PresenceStatus.Online or PresenceStatus.Away or PresenceStatus.Busy;

    /// <summary>What one user is told of it; null: somebody who is no user.</summary>
    /// <param name="blocks">The viewer's: neither of two learns anything of the other.</param>
    public PresenceState For(UserId? viewer, BlockSet? blocks = null)
    {
        if (blocks?.Between(User.Value) == true)
        {
            return new(User.Value, PresenceStatus.Offline, null, null);
        }

        var own = viewer == User;
        var hidden = Status == PresenceStatus.Invisible && !own;
        return new(User.Value, hidden ? PresenceStatus.Offline : Status, hidden ? null : Text, IsVisible ? null : LastSeenAt);
    }

    /// <summary>With what is stored, where the directory knows less: of one who is away, and of whom it knows nothing at all also the text.</summary>
    public PresenceRecord CompletedBy(StoredPresence stored, DateTimeOffset now)
    {
        var text = stored.Choice is { Hides: false } choice && !(choice.ExpiresAt <= now) ? choice.Text : null;
        return this with { LastSeenAt = LastSeenAt ?? stored.SeenAt, Text = Version == 0 ? text : Text };
    }

    public static PresenceRecord Unknown(TenantId tenant, UserId user) => new(tenant, user, 0, PresenceStatus.Offline, null, null);
}

/// <summary>A user is there in another way than before.</summary>
/// <param name="Session">How long the user was there, when this ended it.</param>
public sealed record PresenceChange(PresenceRecord Record, TimeSpan? Session = null);

/// <summary>Whether a user has devices on one replica.</summary>
public enum LocalPresence
{
    None,
    Idle,
    Active,
}

/// <summary>A user's devices on one replica.</summary>
/// <param name="Choice">What the user was known to want; where something newer is known it does not count.</param>
public sealed record DeviceReport(TenantId Tenant, UserId User, LocalPresence Devices, PresenceChoice? Choice = null);
