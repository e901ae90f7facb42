using System.Text.Json.Serialization;

namespace Caas.Contracts;

/// <summary>How somebody is there.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<PresenceStatus>))]
public enum PresenceStatus
{
    Online,

    /// <summary>Connected, but no device is in use.</summary>
    Away,

    /// <summary>Does not want to be disturbed.</summary>
    Busy,

    /// <summary>Connected, and offline for everybody else.</summary>
    Invisible,
    Offline,
}

/// <summary>What a user wants to be seen as. It holds until it is chosen anew or <paramref name="ExpiresAt"/> comes, also over reconnects.</summary>
/// <param name="Status">On the hub <c>away</c> is this device's: another one that is in use counts more. <c>invisible</c> and <c>offline</c> are the same.</param>
/// <param name="Text">Up to 200 characters; null: none.</param>
/// <param name="ExpiresAt">In the future, by a year at most; null: it does not end by itself.</param>
public sealed record SetPresenceRequest(PresenceStatus Status, string? Text = null, DateTimeOffset? ExpiresAt = null);

/// <summary>How somebody is there now, as the one who is told may see it.</summary>
/// <param name="Text">What the user says about it.</param>
/// <param name="LastSeenAt">When the user was last to be seen; null while that is so, and of one who never was.</param>
public sealed record PresenceState(string UserId, PresenceStatus Status, string? Text, DateTimeOffset? LastSeenAt);

/// <summary>How many of a tenant's users are there now, and what has been since midnight, UTC.</summary>
/// <param name="PeakToday">The most at once, invisible ones among them.</param>
public sealed record PresenceSummary(long Online, long Away, long Busy, long Invisible, long PeakToday, PresenceSessions Sessions);

/// <summary>The sessions that ended since midnight, UTC: from a user's first device to the last.</summary>
/// <param name="AverageSeconds">0 when none ended.</param>
public sealed record PresenceSessions(long Ended, double AverageSeconds, double LongestSeconds);
