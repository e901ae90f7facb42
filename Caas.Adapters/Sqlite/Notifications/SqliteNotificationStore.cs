using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Notifications;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Notifications;

internal sealed class SqliteNotificationStore(SqliteDatabase database) : INotificationStore
{
    private const string Columns = "user, kind, priority, conversation, seq, actor, count, created_at, updated_at, read_at, hidden, to_mail, first_seq, earlier";
    private const string Same = "tenant = $tenant AND user = $user AND id = $id AND seq = $seq AND count = $count AND earlier = $earlier";

    public async Task<IReadOnlyList<NotificationRow>> FindManyAsync(TenantId tenant, IReadOnlyCollection<UserId> users, string id, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => Read(tenant, row),
            $"SELECT {Columns} FROM notifications WHERE tenant = $tenant AND user IN (SELECT value FROM json_each($users)) AND id = $id",
            tenant.Value,
            Json(users.Select(user => user.Value)),
            id),
        cancellationToken);

    public Task SaveAsync(IReadOnlyList<NotificationRow> rows, CancellationToken cancellationToken) => rows.Count == 0 ? Task.CompletedTask : database.WriteAsync(
        connection =>
        {
            foreach (var row in rows)
            {
                connection.Execute(
                    $"""
                    INSERT INTO notifications (tenant, id, {Columns}) VALUES ($tenant, $id, $user, $kind, $priority, $conversation, $seq, $actor, $count, $created_at, $updated_at, $read_at, $hidden, $to_mail, $first_seq, $earlier)
                    ON CONFLICT (tenant, user, id) DO UPDATE SET kind = excluded.kind, priority = excluded.priority, seq = excluded.seq, actor = excluded.actor, count = excluded.count,
                      created_at = excluded.created_at, updated_at = excluded.updated_at, read_at = excluded.read_at, hidden = excluded.hidden, to_mail = excluded.to_mail, first_seq = excluded.first_seq, earlier = excluded.earlier
                    WHERE excluded.seq > seq
                    """,
                    row.Tenant.Value,
                    row.Id,
                    row.User.Value,
                    SqliteStatements.EnumText(row.Kind),
                    SqliteStatements.EnumText(row.Priority),
                    row.Conversation.Value,
                    row.Seq,
                    row.Actor,
                    row.Count,
                    row.CreatedAt.ToUnixTimeMilliseconds(),
                    row.UpdatedAt.ToUnixTimeMilliseconds(),
                    row.ReadAt?.ToUnixTimeMilliseconds(),
                    row.InApp ? 0 : 1,
                    row.ToMail ? 1 : 0,
                    row.FirstSeq,
                    row.Earlier.ToString());
            }
        },
        cancellationToken);

    public async Task<IReadOnlyList<NotificationRow>> ListAsync(TenantId tenant, UserId user, NotificationRows which, NotificationPlace? after, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => Read(tenant, row),
            which switch
            {
                NotificationRows.Unread => $"SELECT {Columns} FROM notifications WHERE tenant = $tenant AND user = $user AND read_at IS NULL AND hidden = 0 AND (updated_at, id) < ($at, $id) ORDER BY updated_at DESC, id DESC LIMIT $limit",
                NotificationRows.ToMail => $"SELECT {Columns} FROM notifications WHERE tenant = $tenant AND user = $user AND read_at IS NULL AND to_mail = 1 AND (updated_at, id) < ($at, $id) ORDER BY updated_at DESC, id DESC LIMIT $limit",
                NotificationRows.Inbox => $"SELECT {Columns} FROM notifications WHERE tenant = $tenant AND user = $user AND hidden = 0 AND (updated_at, id) < ($at, $id) ORDER BY updated_at DESC, id DESC LIMIT $limit",
                _ => $"SELECT {Columns} FROM notifications WHERE tenant = $tenant AND user = $user AND (updated_at, id) < ($at, $id) ORDER BY updated_at DESC, id DESC LIMIT $limit",
            },
            tenant.Value,
            user.Value,
            after?.UpdatedAt.ToUnixTimeMilliseconds() ?? long.MaxValue,
            after?.Id ?? "",
            limit),
        cancellationToken);

    public Task<long> CountUnreadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.Number("SELECT count(*) FROM notifications WHERE tenant = $tenant AND user = $user AND read_at IS NULL AND hidden = 0", tenant.Value, user.Value) ?? 0,
        cancellationToken);

    public Task ReadAsync(TenantId tenant, UserId user, IReadOnlyCollection<string>? ids, long? upTo, DateTimeOffset at, CancellationToken cancellationToken) => database.WriteAsync(
        connection => ids is null
            ? connection.Execute("UPDATE notifications SET read_at = $at WHERE tenant = $tenant AND user = $user AND seq <= $up_to AND read_at IS NULL", at.ToUnixTimeMilliseconds(), tenant.Value, user.Value, upTo ?? long.MaxValue)
            : connection.Execute(
                "UPDATE notifications SET read_at = $at WHERE tenant = $tenant AND user = $user AND id IN (SELECT value FROM json_each($ids)) AND seq <= $up_to AND read_at IS NULL",
                at.ToUnixTimeMilliseconds(), tenant.Value, user.Value, Json(ids), upTo ?? long.MaxValue),
        cancellationToken);

    public Task MailedAsync(IReadOnlyList<NotificationRow> rows, CancellationToken cancellationToken) => rows.Count == 0 ? Task.CompletedTask : database.WriteAsync(
        connection =>
        {
            foreach (var row in rows)
            {
                connection.Execute("UPDATE notifications SET to_mail = 0 WHERE tenant = $tenant AND user = $user AND id = $id AND seq = $seq", row.Tenant.Value, row.User.Value, row.Id, row.Seq);
            }
        },
        cancellationToken);

    public async Task<IReadOnlyList<(TenantId Tenant, UserId User)>> ReadUpToAsync(IReadOnlyList<ReadMark> marks, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (marks.Count == 0)
        {
            return [];
        }

        return await database.WriteAsync(
            connection =>
            {
                var read = new HashSet<(TenantId, UserId)>();
                foreach (var mark in marks)
                {
                    var changed = connection.Execute(
                        "UPDATE notifications SET read_at = $at WHERE tenant = $tenant AND user = $user AND id IN ($messages, $mentions) AND seq <= $seq AND read_at IS NULL",
                        at.ToUnixTimeMilliseconds(),
                        mark.Tenant.Value,
                        mark.User.Value,
                        NotificationRow.IdOf(NotificationType.Messages, mark.Conversation),
                        NotificationRow.IdOf(NotificationType.Mentions, mark.Conversation),
                        mark.Seq);
                    if (changed > 0)
                    {
                        read.Add((mark.Tenant, mark.User));
                    }
                }

                return read.ToArray();
            },
            cancellationToken);
    }

    public async Task<IReadOnlyList<NotificationRow>> ListAroundAsync(TenantId tenant, ConversationId conversation, NotificationStretch stretch, NotificationRow? after, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => Read(tenant, row),
            $"""
            SELECT {Columns} FROM notifications
            WHERE tenant = $tenant AND conversation = $conversation AND first_seq <= $most AND seq >= $least AND (kind = $kind OR $kind IS NULL) AND (first_seq, user, id) > ($first_seq, $user, $id)
            ORDER BY first_seq, user, id LIMIT $limit
            """,
            tenant.Value,
            conversation.Value,
            stretch.To,
            stretch.From,
            stretch.Mentions ? SqliteStatements.EnumText(NotificationKind.Mention) : null,
            after?.FirstSeq ?? -1,
            after?.User.Value ?? "",
            after?.Id ?? "",
            limit),
        cancellationToken);

    public Task ReplaceAsync(IReadOnlyList<(NotificationRow Row, NotificationRow? By)> changes, CancellationToken cancellationToken) => changes.Count == 0 ? Task.CompletedTask : database.WriteAsync(
        connection =>
        {
            foreach (var (row, by) in changes)
            {
                var (tenant, user, id, seq, count, earlier) = (row.Tenant.Value, row.User.Value, row.Id, row.Seq, row.Count, row.Earlier.ToString());
                if (by is null)
                {
                    connection.Execute($"DELETE FROM notifications WHERE {Same}", tenant, user, id, seq, count, earlier);
                }
                else
                {
                    connection.Execute(
                        $"UPDATE notifications SET seq = $new_seq, first_seq = $first_seq, earlier = $new_earlier, actor = $actor, count = $new_count, updated_at = $updated_at WHERE {Same}",
                        by.Seq, by.FirstSeq, by.Earlier.ToString(), by.Actor, by.Count, by.UpdatedAt.ToUnixTimeMilliseconds(), tenant, user, id, seq, count, earlier);
                }
            }
        },
        cancellationToken);

    private static string Json(IEnumerable<string> values) => JsonSerializer.Serialize([.. values], SqliteJsonContext.Default.StringArray);

    private static NotificationRow Read(TenantId tenant, SqliteDataReader row) => new()
    {
        Tenant = tenant,
        User = new(row.GetString(0)),
        Kind = row.Enum<NotificationKind>(1),
        Priority = row.Enum<NotificationPriority>(2),
        Conversation = new(row.GetString(3)),
        Seq = row.GetInt64(4),
        Actor = row.TextOrNull(5),
        Count = row.GetInt64(6),
        CreatedAt = row.Time(7),
        UpdatedAt = row.Time(8),
        ReadAt = row.TimeOrNull(9),
        InApp = row.GetInt64(10) == 0,
        ToMail = row.GetInt64(11) != 0,
        Earlier = EntrySeqs.Parse(row.GetString(13)),
    };
}
