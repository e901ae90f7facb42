using Caas.Adapters.MongoDb.Schema;

namespace Caas.Adapters.MongoDb.Erasure;

/// <summary>
/// Every field that names users: whoever adds one says here what becomes of it. What stands in JSON is the core's (the data and state of entries, what is scheduled); entries' actors, attachments
/// and tombstones are seen to by others, and revocations end by themselves and are needed until then.
/// </summary>
internal static class UserPlaces
{
    /// <summary>The order in which they are gone over. Those by which an erased user is found come last.</summary>
    public static readonly IReadOnlyList<UserPlace> All =
    [
        new(Collections.Reactions, "user", Treatment.Rename, InId: 3),
        new(Collections.Pins, "user", Treatment.Rename),
        new(Collections.Feed, "actor", Treatment.Rename),
        new(Collections.Conversations, "createdBy", Treatment.Rename),
        new(Collections.UsageActive, "user", Treatment.Rename, InId: 2),
        new(Collections.Search, "sender", Treatment.Rename),
        new(Collections.Bans, "user", Treatment.Remove),
        new(Collections.Presence, "user", Treatment.Remove),
        new(Collections.RefreshTokens, "user", Treatment.Remove),
        new(Collections.SlowModeTurns, "user", Treatment.Remove),
        new(Collections.Timed, "owner", Treatment.Remove),
        new(Collections.Devices, "user", Treatment.Remove),
        new(Collections.Blocks, "user", Treatment.Remove),
        new(Collections.Flags, "sender", Treatment.Rename),
        new(Collections.Notifications, "user", Treatment.Remove),
        new(Collections.Notifications, "actor", Treatment.Rename),
        new(Collections.Pushes, "user", Treatment.Remove),
        new(Collections.CallQuality, "user", Treatment.Rename, InId: 2),
        new(Collections.Blocks, "other", Treatment.Rename, InId: 2, Last: true),
        new(Collections.Members, "user", Treatment.Rename, InId: 2, Last: true),
    ];
}

/// <param name="InId">Which part of <c>_id</c>, from 0, is the user; null: none.</param>
/// <param name="Last">The user is found by it.</param>
internal sealed record UserPlace(string Collection, string Field, Treatment Treatment, int? InId = null, bool Last = false);

internal enum Treatment
{
    /// <summary>The pseudonym stands in it from now on.</summary>
    Rename,

    /// <summary>The document goes.</summary>
    Remove,
}
