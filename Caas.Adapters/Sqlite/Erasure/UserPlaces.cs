namespace Caas.Adapters.Sqlite.Erasure;

/// <summary>
/// Every column that names users. A test looks for others: whoever adds one says here what becomes of it. What stands in JSON is the core's (the data and state of entries, what is scheduled).
/// </summary>
internal static class UserPlaces
{
    /// <summary>The order in which they are gone over. Those by which an erased user is found come last.</summary>
    public static readonly IReadOnlyList<UserPlace> All =
    [
        new("reactions", "user", Treatment.Rename),
        new("pins", "user", Treatment.Rename),
        new("feed", "actor", Treatment.Rename),
        new("conversations", "created_by", Treatment.Rename),
        new("usage_active", "user", Treatment.Rename),
        new("bans", "user", Treatment.Remove),
        new("presence", "user", Treatment.Remove),
        new("refresh_tokens", "user", Treatment.Remove),
        new("slow_mode_turns", "user", Treatment.Remove),
        new("timed", "owner", Treatment.Remove),
        new("devices", "user", Treatment.Remove),
        new("device_keys", "user", Treatment.Remove),
        new("blocks", "user", Treatment.Remove),
        new("flags", "sender", Treatment.Rename),
        new("notifications", "user", Treatment.Remove),
        new("notifications", "actor", Treatment.Rename),
        new("pushes", "user", Treatment.Remove),
        new("call_quality", "user", Treatment.Rename),
        new("call_users", "user", Treatment.Rename, Last: true),
        new("blocks", "other", Treatment.Rename, Last: true),
        new("members", "user", Treatment.Rename, Last: true),
    ];

    /// <summary>Those that others see to: entries are rewritten one by one, files go before what names them, the tombstone stays, and revocations end by themselves and are needed until then.</summary>
    public static readonly IReadOnlyList<(string Table, string Column)> Others = [("entries", "actor"), ("attachments", "uploader"), ("users", "id"), ("revocations", "user")];
}

/// <param name="Last">The user is found by it.</param>
internal sealed record UserPlace(string Table, string Column, Treatment Treatment, bool Last = false);

internal enum Treatment
{
    /// <summary>The pseudonym stands in it from now on.</summary>
    Rename,

    /// <summary>The row goes.</summary>
    Remove,
}
