using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Pins;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Pins;

internal sealed class SqlitePinStore(SqliteDatabase database) : IPinStore
{
    public Task ApplyAsync(LogId log, Pin pin, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            """
            INSERT INTO pins (tenant, log, message_seq, user, seq, removed) VALUES ($tenant, $log, $message_seq, $user, $seq, $removed)
            ON CONFLICT (tenant, log, message_seq) DO UPDATE SET user = excluded.user, seq = excluded.seq, removed = excluded.removed WHERE excluded.seq > seq
            """,
            log.Tenant.Value,
            log.Name,
            pin.MessageSeq,
            pin.By?.Value,
            pin.Seq,
            pin.Removed ? 1 : 0),
        cancellationToken);

    public Task<Pin?> FindAsync(LogId log, long messageSeq, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.Find(
            row => new Pin(messageSeq, UserOrNull(row, 0), row.GetInt64(1), row.GetInt64(2) != 0),
            "SELECT user, seq, removed FROM pins WHERE tenant = $tenant AND log = $log AND message_seq = $message_seq",
            log.Tenant.Value,
            log.Name,
            messageSeq),
        cancellationToken);

    public async Task<IReadOnlyList<Pin>> ListAsync(LogId log, long beforeSeq, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => new Pin(row.GetInt64(0), UserOrNull(row, 1), row.GetInt64(2), Removed: false),
            "SELECT message_seq, user, seq FROM pins WHERE tenant = $tenant AND log = $log AND removed = 0 AND seq < $before ORDER BY seq DESC LIMIT $limit",
            log.Tenant.Value,
            log.Name,
            beforeSeq,
            limit),
        cancellationToken);

    private static UserId? UserOrNull(SqliteDataReader row, int column) => row.TextOrNull(column) is { } user ? new UserId(user) : null;
}
