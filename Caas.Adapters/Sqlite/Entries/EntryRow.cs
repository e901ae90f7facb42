using System.Text.Json;
using Caas.Core.Entries;
using Caas.Core.Json;
using Caas.Core.Messages;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Entries;

/// <summary>How an entry stands in its row.</summary>
internal static class EntryRow
{
    /// <summary>The columns that <see cref="Read"/> expects, in its order.</summary>
    public const string Columns = "seq, message_no, target, rev, at, id, type, actor, client_message_id, content_hash, data, message, thread, shadowed";

    /// <summary>Reads <see cref="Columns"/>.</summary>
    public static Entry Read(LogId log, SqliteDataReader row) => new()
    {
        Log = log,
        Seq = row.GetInt64(0),
        MessageNo = row.GetInt64(1),
        Target = row.GetInt64(2),
        Rev = row.GetInt64(3),
        At = row.Time(4),
        Id = row.GetString(5),
        Type = row.GetString(6),
        ActorId = ActorId(row.GetString(7)),
        ClientMessageId = row.GetString(8),
        ContentHash = row.GetString(9),
        Data = row.TextOrNull(10) is { } data ? JsonElement.Parse(data) : null,
        Message = row.TextOrNull(11) is { } message ? JsonSerializer.Deserialize(message, CoreJsonContext.Default.MessageState) : null,
        Thread = row.GetInt64(12),
        Shadowed = row.GetInt64(13) != 0,
    };

    /// <summary>Nobody stands as an empty text: in a unique index NULL would differ from NULL.</summary>
    public static string Actor(string? actorId) => actorId ?? "";

    public static string? ActorId(string actor) => actor.Length == 0 ? null : actor;

    public static string? Json(MessageState? state) => state is null ? null : JsonSerializer.Serialize(state, CoreJsonContext.Default.MessageState);
}
