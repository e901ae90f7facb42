using System.Globalization;
using Caas.Adapters.Sqlite.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Feed;

/// <summary>Follows entries by their row id: there is one writer at a time, so its order is that of the commits. A position is never lost while it is this file's.</summary>
internal sealed class SqliteEntrySource(SqliteDatabase database) : IEntrySource
{
    // What one entry's time may be before another's that was committed earlier: clocks of two processes differ, and a write may wait.
    private static readonly TimeSpan Disorder = TimeSpan.FromMinutes(10);

    public async Task<IEntryCursor> OpenAsync(SourcePosition? after, CancellationToken cancellationToken)
    {
        if (after == SourcePosition.Start)
        {
            return new SqliteEntryCursor(database, 0);
        }

        // The sequence, not the newest row: it is what this file has given out.
        var newest = await database.ReadAsync(connection => connection.Number("SELECT seq FROM sqlite_sequence WHERE name = 'entries'") ?? 0, cancellationToken);
        if (after is null)
        {
            return new SqliteEntryCursor(database, newest);
        }

        return long.TryParse(after.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var position) && position <= newest
            ? new SqliteEntryCursor(database, position)
            : throw new SourcePositionLostException($"The position {after.Value} is not one of this database: it ends at {newest}.");
    }

    // From the newest row backwards: costs what it gives.
    public async Task<IEntryCursor> OpenAtTimeAsync(DateTimeOffset from, CancellationToken cancellationToken) =>
        new SqliteEntryCursor(database, await database.ReadAsync(
            connection => connection.Number("SELECT position FROM entries WHERE at < $at ORDER BY position DESC LIMIT 1", (from - Disorder).ToUnixTimeMilliseconds()) ?? 0,
            cancellationToken));
}

/// <summary>Reads on by row id. This process's commits wake it at once; those of other processes it finds within <see cref="PollInterval"/>.</summary>
internal sealed class SqliteEntryCursor(SqliteDatabase database, long position) : IEntryCursor
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private long _position = position;

    public async Task<SourceBatch> NextAsync(int limit, TimeSpan wait, CancellationToken cancellationToken)
    {
        var end = Environment.TickCount64 + (long)wait.TotalMilliseconds;
        while (true)
        {
            var committed = database.Committed.NextCommit;
            var rows = await database.ReadAsync(connection => Read(connection, _position, limit), cancellationToken);
            if (rows.Count > 0)
            {
                _position = rows[^1].Position;
                return new([.. rows.Select(row => row.Header)], Position());
            }

            var left = TimeSpan.FromMilliseconds(end - Environment.TickCount64);
            if (left <= TimeSpan.Zero)
            {
                return new([], Position());
            }

            // Not to be woken is no failure: the commits of other processes give no sign.
            await committed.WaitAsync(left < PollInterval ? left : PollInterval, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public ValueTask DisposeAsync() => default;

    private static List<(long Position, EntryHeader Header)> Read(SqliteConnection connection, long after, int limit) =>
        connection.List(
            row => (row.GetInt64(0), new EntryHeader(
                new(new TenantId(row.GetString(1)), row.GetString(2)),
                row.GetInt64(3),
                row.GetInt64(4),
                row.GetString(5),
                row.GetInt64(6),
                EntryRow.ActorId(row.GetString(7)),
                row.Time(8),
                row.GetInt64(9))),
            "SELECT position, tenant, log, seq, message_no, type, target, actor, at, thread FROM entries WHERE position > $after ORDER BY position LIMIT $limit",
            after,
            limit);

    private SourcePosition Position() => new(_position.ToString(CultureInfo.InvariantCulture));
}
