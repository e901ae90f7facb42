using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Flags;
using Caas.Core.Ids;
using Caas.Core.Json;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Flags;

/// <summary>Flagged messages, one row each. A list goes by the index of what it is narrowed down to.</summary>
internal sealed class SqliteFlagStore(SqliteDatabase database) : IFlagStore
{
    private const string Columns = "message_id, conversation, message_seq, sender, status, opened_at, details, rev";

    public Task<FlagCase?> FindAsync(TenantId tenant, string messageId, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.Find(Read, $"SELECT {Columns} FROM flags WHERE tenant = $tenant AND message_id = $message_id", tenant.Value, messageId), cancellationToken);

    public Task<bool> SaveAsync(TenantId tenant, FlagCase flagged, long? expectedRev, CancellationToken cancellationToken) => database.WriteAsync(
        connection => expectedRev is { } rev
            ? connection.Execute(
                "UPDATE flags SET status = $status, opened_at = $opened_at, details = $details, rev = $rev WHERE tenant = $tenant AND message_id = $message_id AND rev = $expected",
                SqliteStatements.EnumText(flagged.Status),
                flagged.OpenedAt.ToUnixTimeMilliseconds(),
                Json(flagged.Details),
                flagged.Rev,
                tenant.Value,
                flagged.MessageId,
                rev) == 1
            : connection.Execute(
                $"INSERT INTO flags (tenant, {Columns}) VALUES ($tenant, $message_id, $conversation, $message_seq, $sender, $status, $opened_at, $details, $rev) ON CONFLICT (tenant, message_id) DO NOTHING",
                tenant.Value,
                flagged.MessageId,
                flagged.Conversation.Value,
                flagged.MessageSeq,
                flagged.Sender ?? "",
                SqliteStatements.EnumText(flagged.Status),
                flagged.OpenedAt.ToUnixTimeMilliseconds(),
                Json(flagged.Details),
                flagged.Rev) == 1,
        cancellationToken);

    public async Task<IReadOnlyList<FlagCase>> ListAsync(TenantId tenant, FlagFilter filter, FlagPlace? before, int limit, CancellationToken cancellationToken)
    {
        var where = new List<string> { "tenant = $tenant" };
        var values = new List<object?> { tenant.Value };
        void Narrow(string column, string? value)
        {
            if (value is not null)
            {
                where.Add($"{column} = ${column}");
                values.Add(value);
            }
        }

        Narrow("conversation", filter.Conversation?.Value);
        Narrow("sender", filter.Sender);
        Narrow("status", filter.Status is { } status ? SqliteStatements.EnumText(status) : null);
        values.AddRange([before?.OpenedAt.ToUnixTimeMilliseconds() ?? long.MaxValue, before?.MessageId ?? "", limit]);
        var index = filter.Conversation is not null ? "flags_by_conversation" : filter.Sender is not null ? "flags_by_sender" : filter.Status is not null ? "flags_by_status" : "flags_by_time";
        return await database.ReadAsync(
            connection => connection.List(
                Read,
                $"SELECT {Columns} FROM flags INDEXED BY {index} WHERE {string.Join(" AND ", where)} AND (opened_at, message_id) < ($opened_at, $message_id) ORDER BY opened_at DESC, message_id DESC LIMIT $limit",
                [.. values]),
            cancellationToken);
    }

    private static string Json(FlagDetails details) => JsonSerializer.Serialize(details, CoreJsonContext.Default.FlagDetails);

    private static FlagCase Read(SqliteDataReader row) => new(
        row.GetString(0),
        new(row.GetString(1)),
        row.GetInt64(2),
        row.GetString(3) is { Length: > 0 } sender ? sender : null,
        row.Enum<FlagStatus>(4),
        row.Time(5),
        JsonSerializer.Deserialize(row.GetString(6), CoreJsonContext.Default.FlagDetails)!,
        row.GetInt64(7));
}
