using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Ids;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Caas.Adapters.Sqlite.Erasure;

/// <summary>What is looked for is read beside the writer, what is found is written in small steps: nobody's send waits long behind it.</summary>
internal sealed class SqliteErasureStore(SqliteDatabase database) : IErasureStore
{
    private const int Step = 200;
    private static readonly TimeSpan CompactPatience = TimeSpan.FromSeconds(5);

    public async Task<IReadOnlyList<UserErasure>> ListAsync(DateTimeOffset passedBy, UserErasure? after, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => new UserErasure(new(row.GetString(0)), new(row.GetString(1)), row.GetString(2), row.Time(3), row.TimeOrNull(4)),
            """
            SELECT tenant, id, pseudonym, erased_at, erasure_passed_at FROM users INDEXED BY users_erasing
            WHERE erased_at IS NOT NULL AND erasure_completed_at IS NULL AND coalesce(erasure_passed_at, 0) <= $passed_by
              AND erased_at >= $erased AND (erased_at, tenant, id) > ($erased, $tenant, $id) ORDER BY erased_at, tenant, id LIMIT $limit
            """,
            passedBy.ToUnixTimeMilliseconds(),
            after?.RequestedAt.ToUnixTimeMilliseconds() ?? 0,
            after?.Tenant.Value ?? "",
            after?.User.Value ?? "",
            limit),
        cancellationToken);

    public Task SaveAsync(UserErasure erasure, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            "UPDATE users SET erasure_passed_at = $passed, erasure_completed_at = $completed WHERE tenant = $tenant AND id = $id AND erased_at IS NOT NULL",
            erasure.PassedAt?.ToUnixTimeMilliseconds(),
            erasure.CompletedAt?.ToUnixTimeMilliseconds(),
            erasure.Tenant.Value,
            erasure.User.Value),
        cancellationToken);

    public async Task<IReadOnlyList<UserId>> FindNamingAsync(UserErasure erasure, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => new UserId(row.GetString(0)),
            """
            SELECT substr(log, 7) AS id FROM entries WHERE tenant = $tenant AND log > '$' || 'user/' AND log < '$' || 'user0' AND actor IN ($user, $pseudonym) AND substr(log, 7) <> $user
            UNION SELECT user FROM blocks WHERE tenant = $tenant AND other IN ($user, $pseudonym) ORDER BY id
            """,
            erasure.Tenant.Value,
            erasure.User.Value,
            erasure.Pseudonym),
        cancellationToken);

    public async Task<IReadOnlyList<ConversationId>> FindFlaggedAsync(UserErasure erasure, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => new ConversationId(row.GetString(0)),
            """
            SELECT substr(log, 8) AS id FROM entries WHERE tenant = $tenant AND log > '$' || 'flags/' AND log < '$' || 'flags0' AND actor IN ($user, $pseudonym)
            UNION SELECT conversation FROM flags WHERE tenant = $tenant AND sender IN ($user, $pseudonym) ORDER BY id
            """,
            erasure.Tenant.Value,
            erasure.User.Value,
            erasure.Pseudonym),
        cancellationToken);

    public Task RewriteAsync(LogId log, IReadOnlyList<EntryRewrite> rewrites, CancellationToken cancellationToken) => rewrites.Count == 0 ? Task.CompletedTask : database.WriteAsync(
        connection =>
        {
            foreach (var rewrite in rewrites)
            {
                connection.Execute(
                    """
                    UPDATE entries SET data = CASE WHEN data IS NULL THEN NULL ELSE coalesce($data, data) END, actor = coalesce($actor, actor),
                      client_message_id = coalesce($client_id, client_message_id), content_hash = CASE WHEN $actor IS NULL THEN content_hash ELSE '' END
                    WHERE tenant = $tenant AND log = $log AND seq = $seq
                    """,
                    rewrite.Data?.GetRawText(),
                    rewrite.Actor,
                    rewrite.ClientMessageId,
                    log.Tenant.Value,
                    log.Name,
                    rewrite.Seq);
            }
        },
        cancellationToken);

    public Task ClearAsync(LogId log, string exceptType, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute("UPDATE entries SET data = NULL WHERE tenant = $tenant AND log = $log AND type <> $type AND data IS NOT NULL", log.Tenant.Value, log.Name, exceptType),
        cancellationToken);

    public async Task ReplaceAsync(UserErasure erasure, bool last, CancellationToken cancellationToken)
    {
        foreach (var place in UserPlaces.All.Where(place => place.Last == last))
        {
            var columns = await database.ReadAsync(connection => connection.List(row => row.GetString(0), "SELECT name FROM pragma_table_info($table) WHERE pk > 0 ORDER BY pk", place.Table), cancellationToken);
            await ForEachAsync(columns, $"FROM {place.Table} WHERE tenant = $tenant AND {place.Column} = $user", those => place.Treatment == Treatment.Remove
                ? (connection, keys) => connection.Execute($"DELETE FROM {place.Table} WHERE {those} AND {place.Column} = $user", keys, erasure.User.Value)
                : (connection, keys) => connection.Execute($"UPDATE OR REPLACE {place.Table} SET {place.Column} = $pseudonym WHERE {those} AND {place.Column} = $user", erasure.Pseudonym, keys, erasure.User.Value), erasure, cancellationToken);
        }

        if (!last)
        {
            await RemoveAnswersAsync(erasure, cancellationToken);
        }
    }

    public Task CompactAsync(CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var connection = StatementConnection.Open(database.Path, create: false, CompactPatience);
            SqliteFaults.Check(raw.sqlite3_prepare_v2(connection.Handle!, "PRAGMA wal_checkpoint(TRUNCATE)", out var statement), connection.Handle!);
            using (statement)
            {
                if (raw.sqlite3_step(statement) != raw.SQLITE_ROW || raw.sqlite3_column_int(statement, 0) != 0)
                {
                    throw new StoreUnavailableException("The write-ahead log could not be emptied: the file was read or written all the time.");
                }
            }
        },
        cancellationToken);

    /// <summary>Kept answers to calls of the user, and those that tell of the user; events of the user that nobody could take, and pushes and mails to the user.</summary>
    private async Task RemoveAnswersAsync(UserErasure erasure, CancellationToken cancellationToken)
    {
        await ForEachAsync(
            ["key"],
            """
            FROM idempotency WHERE key > $tenant || '/' AND key < $tenant || '0' AND (instr(key, '/user:' || $user || '/') > 0 OR (instr(key, '/key:') > 0 AND instr(key, '/' || $user || '/') > 0)
              OR instr(coalesce(body, ''), '"' || $user || '"') > 0 OR instr(coalesce(location, '') || '/', '/' || $user || '/') > 0 OR resource_id = $user)
            """,
            those => (connection, keys) => connection.Execute($"DELETE FROM idempotency WHERE {those}", keys),
            erasure,
            cancellationToken);
        await ForEachAsync(
            ["number"],
            """
            FROM dead_letters WHERE (record_key = $tenant OR substr(record_key, 1, length($tenant) + 1) = $tenant || '/')
              AND (instr(cloud_event, '"' || $user || '"') > 0 OR instr(record_id || '/', 'user/' || $user || '/') > 0 OR (topic IN ('platform.notifications', 'presence') AND record_key = $tenant || '/' || $user))
            """,
            those => (connection, keys) => connection.Execute($"DELETE FROM dead_letters WHERE {those}", keys),
            erasure,
            cancellationToken);
    }

    /// <param name="columns">What tells the rows apart.</param>
    /// <param name="found">What comes behind the columns of a query with <c>$tenant</c> and <c>$user</c>.</param>
    /// <param name="change">Given the condition that names some rows by <c>$keys</c>, what is done to them.</param>
    private async Task ForEachAsync(IReadOnlyList<string> columns, string found, Func<string, Func<SqliteConnection, string, int>> change, UserErasure erasure, CancellationToken cancellationToken)
    {
        var keys = await database.ReadAsync(connection => connection.List(row => row.GetString(0), $"SELECT json_array({string.Join(", ", columns)}) {found}", erasure.Tenant.Value, erasure.User.Value), cancellationToken);
        var values = string.Join(", ", columns.Select((_, i) => FormattableString.Invariant($"json_extract(value, '$[{i}]')")));
        var write = change($"({string.Join(", ", columns)}) IN (SELECT {values} FROM json_each($keys))");
        foreach (var some in keys.Chunk(Step))
        {
            await database.WriteAsync(connection => write(connection, $"[{string.Join(',', some)}]"), cancellationToken);
        }
    }
}
