using System.Text.Json;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Receipts;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Receipts;

/// <summary>Cursors in the members' rows: a list of conversations reads them with the member. All of one call go in one commit.</summary>
internal sealed class SqliteReceiptStore(SqliteDatabase database) : IReceiptStore
{
    private const string Deleted = "SELECT count(*) FROM entries WHERE tenant = $tenant AND log = $log AND target = 0 AND deleted = 1 AND seq > $after AND seq <= $up_to";

    private const string SentBySenders =
        """
        SELECT count(*) FROM entries INDEXED BY entries_by_client_id
        WHERE tenant = $tenant AND log = $log AND actor IN (SELECT value FROM json_each($senders)) AND target = 0 AND deleted = 0 AND seq > $after AND seq <= $up_to
        """;

    private const string SentInStretch =
        """
        SELECT count(*) FROM entries INDEXED BY entries_by_target
        WHERE tenant = $tenant AND log = $log AND target = 0 AND +actor IN (SELECT value FROM json_each($senders)) AND deleted = 0 AND seq > $after AND seq <= $up_to
        """;

    /// <summary>So many entries of senders are counted, in the index alone, before it is decided how to go.</summary>
    private const int MostOfSenders = 5_000;

    public async Task<IReadOnlyList<MovedCursors>> MoveAsync(IReadOnlyList<CursorMove> moves, CancellationToken cancellationToken) =>
        moves.Count == 0 ? [] : await database.WriteAsync(connection => moves.Select(move => Move(connection, move)).OfType<MovedCursors>().ToList(), cancellationToken);

    public async Task<IReadOnlyList<long>> CountDeletedAsync(IReadOnlyList<LogStretch> stretches, CancellationToken cancellationToken) =>
        stretches.Count == 0 ? [] : await database.ReadAsync(
            connection => stretches.Select(stretch => connection.Number(Deleted, stretch.Log.Tenant.Value, stretch.Log.Name, stretch.After, stretch.UpTo) ?? 0).ToList(),
            cancellationToken);

    public async Task<IReadOnlyList<long>> CountSentAsync(IReadOnlyList<SentStretch> stretches, CancellationToken cancellationToken) =>
        stretches.Count == 0 ? [] : await database.ReadAsync(connection => stretches.Select(one => CountSent(connection, one)).ToList(), cancellationToken);

    /// <summary>By whoever is less: what the senders wrote in the log, or what the stretch holds.</summary>
    private static long CountSent(SqliteConnection connection, SentStretch sent)
    {
        var ((log, after, upTo), length) = (sent.Stretch, sent.Stretch.UpTo - sent.Stretch.After);
        if (sent.Senders.Count == 0 || length <= 0)
        {
            return 0;
        }

        var senders = JsonSerializer.Serialize([.. sent.Senders], SqliteJsonContext.Default.StringArray);
        var few = Math.Min(length, MostOfSenders);
        var wrote = connection.Number(
            "SELECT count(*) FROM (SELECT 1 FROM entries INDEXED BY entries_by_client_id WHERE tenant = $tenant AND log = $log AND actor IN (SELECT value FROM json_each($senders)) LIMIT $few)",
            log.Tenant.Value,
            log.Name,
            senders,
            few) ?? 0;
        return wrote == 0 ? 0 : connection.Number(wrote < few || length > MostOfSenders ? SentBySenders : SentInStretch, log.Tenant.Value, log.Name, senders, after, upTo) ?? 0;
    }

    public async Task<IReadOnlyList<UnreadConversation>> ListUnreadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            connection => connection.List(
                row => new UnreadConversation(new(row.GetString(0)), Math.Max(0, row.GetInt64(1)), row.GetInt64(2) != 0, row.GetInt64(3), row.GetInt64(4)),
                """
                SELECT id, unread, marked, read_seq, last_seq FROM (
                  SELECT c.id AS id, m.marked_unread AS marked, m.read_seq AS read_seq, c.last_seq AS last_seq, c.last_message_no - m.read_message_no
                    - (SELECT count(*) FROM entries AS e WHERE e.tenant = c.tenant AND e.log = c.id AND e.target = 0 AND e.deleted = 1 AND e.seq > m.read_seq AND e.seq <= c.last_seq) AS unread
                  FROM members AS m INDEXED BY members_by_user CROSS JOIN conversations AS c ON c.tenant = m.tenant AND c.id = m.conversation
                  WHERE m.tenant = $tenant AND m.user = $user AND m.removed = 0 AND m.archived = 0 AND c.deleted_at IS NULL AND (c.last_message_no > m.read_message_no OR m.marked_unread = 1)
                    AND NOT (m.hidden_seq > 0 AND c.last_message_seq <= m.hidden_seq))
                WHERE unread > 0 OR marked = 1
                """,
                tenant.Value,
                user.Value),
            cancellationToken);

    public async Task<IReadOnlyList<MovedCursors>> ListReachedAsync(LogId log, long messageSeq, UserId? after, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            connection => connection.List(
                row => new MovedCursors(log, new(row.GetString(0)), row.GetInt64(1), row.GetInt64(2)),
                """
                SELECT user, delivered_seq, read_seq FROM members
                WHERE tenant = $tenant AND conversation = $conversation AND removed = 0 AND user > $after AND joined_seq < $seq AND delivered_seq >= $seq
                ORDER BY user LIMIT $limit
                """,
                log.Tenant.Value,
                log.Name,
                after?.Value ?? "",
                messageSeq,
                limit),
            cancellationToken);

    private static MovedCursors? Move(SqliteConnection connection, CursorMove move) =>
        connection.Find(
            row => new MovedCursors(move.Log, move.User, row.GetInt64(0), row.GetInt64(1)),
            """
            UPDATE members SET
              delivered_seq = max(delivered_seq, $delivered),
              read_message_no = CASE
                WHEN read_seq >= $read THEN read_message_no
                ELSE coalesce($message_no, (SELECT message_no FROM entries WHERE tenant = $tenant AND log = $conversation AND seq = $read), read_message_no) END,
              read_seq = max(read_seq, $read),
              marked_unread = CASE WHEN $read > 0 THEN 0 ELSE marked_unread END
            WHERE tenant = $tenant AND conversation = $conversation AND user = $user AND removed = 0 AND (delivered_seq < $delivered OR read_seq < $read OR ($read > 0 AND marked_unread = 1))
            RETURNING delivered_seq, read_seq
            """,
            Math.Max(move.DeliveredSeq, move.ReadSeq),
            move.ReadSeq,
            move.ReadMessageNo,
            move.Log.Tenant.Value,
            move.Log.Name,
            move.User.Value);
}
