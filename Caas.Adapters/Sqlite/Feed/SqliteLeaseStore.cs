using Caas.Core.Feed;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Feed;

/// <summary>Leases in SQLite. All who share a file share a machine, so the machine's clock is the store's.</summary>
public sealed class SqliteLeaseStore(SqliteDatabase database, TimeProvider clock) : ILeaseStore
{
    /// <inheritdoc/>
    public async Task<long?> AcquireAsync(string name, string holder, TimeSpan duration, CancellationToken cancellationToken)
    {
        // Most of those who ask are refused: that needs no write.
        if (await database.ReadAsync(connection => Find(connection, name), cancellationToken) is { } lease && IsHeldByAnother(lease, holder))
        {
            return null;
        }

        return await database.WriteAsync(connection => Acquire(connection, name, holder, duration), cancellationToken);
    }

    /// <inheritdoc/>
    public Task ReleaseAsync(string name, string holder, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                connection.Execute("UPDATE leases SET holder = NULL, until = 0 WHERE name = $name AND holder = $holder", name, holder);
            },
            cancellationToken);

    private long? Acquire(SqliteConnection connection, string name, string holder, TimeSpan duration)
    {
        var lease = Find(connection, name);
        if (lease is not null && IsHeldByAnother(lease, holder))
        {
            return null;
        }

        var epoch = lease is null ? 1 : lease.Holder == holder ? lease.Epoch : lease.Epoch + 1;
        connection.Execute(
            """
            INSERT INTO leases (name, holder, epoch, until) VALUES ($name, $holder, $epoch, $until)
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch, until = excluded.until
            """,
            name, holder, epoch, (clock.GetUtcNow() + duration).ToUnixTimeMilliseconds());
        return epoch;
    }

    private bool IsHeldByAnother(Lease lease, string holder) => lease.Holder is not null && lease.Holder != holder && lease.Until > clock.GetUtcNow();

    private static Lease? Find(SqliteConnection connection, string name) =>
        connection.Find(reader => new Lease(reader.TextOrNull(0), reader.GetInt64(1), reader.Time(2)), "SELECT holder, epoch, until FROM leases WHERE name = $name", name);

    private sealed record Lease(string? Holder, long Epoch, DateTimeOffset Until);
}
