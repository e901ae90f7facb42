using System.Text.Json;
using Caas.Adapters.Sqlite.Members;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.OwnViews;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Conversations;

/// <summary>Conversations in SQLite.</summary>
internal sealed class SqliteConversationStore(SqliteDatabase database) : IConversationStore
{
    internal const string Columns =
        "c.id, c.type, c.name, c.custom, c.created_by, c.created_at, c.updated_at, c.deleted_at, c.member_count, c.rev, c.last_seq, c.last_message_no, c.last_message_seq, c.last_activity_at, c.frozen, c.slow_mode";

    internal const int ColumnCount = 16;

    private const string ActiveMembers = "(SELECT count(*) FROM members WHERE tenant = $tenant AND conversation = $id AND removed = 0)";

    public Task<Conversation?> FindAsync(TenantId tenant, ConversationId id, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.Find(row => Read(tenant, row), $"SELECT {Columns} FROM conversations AS c WHERE c.tenant = $tenant AND c.id = $id", tenant.Value, id.Value),
            cancellationToken);

    public async Task<IReadOnlyList<Conversation>> FindManyAsync(TenantId tenant, IReadOnlyCollection<ConversationId> ids, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => Read(tenant, row),
            $"SELECT {Columns} FROM conversations AS c WHERE c.tenant = $tenant AND c.id IN (SELECT value FROM json_each($ids))",
            tenant.Value,
            JsonSerializer.Serialize([.. ids.Select(id => id.Value)], SqliteJsonContext.Default.StringArray)),
        cancellationToken);

    public Task<bool> FoldAsync(Conversation conversation, long? expectedRev, IReadOnlyList<Member> members, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                foreach (var member in members)
                {
                    MemberRow.Fold(connection, member);
                }

                var stored = expectedRev is { } rev ? Update(connection, conversation, rev) : Insert(connection, conversation);
                if (!stored && members.Count > 0)
                {
                    connection.Execute($"UPDATE conversations SET member_count = {ActiveMembers} WHERE tenant = $tenant AND id = $id", conversation.Tenant.Value, conversation.Id.Value);
                }

                return stored;
            },
            cancellationToken);

    public Task SummarizeAsync(IReadOnlyList<(TenantId Tenant, ConversationId Id, ConversationSummary Summary)> summaries, CancellationToken cancellationToken) =>
        summaries.Count == 0 ? Task.CompletedTask : database.WriteAsync(
            connection =>
            {
                foreach (var (tenant, id, summary) in summaries)
                {
                    connection.Execute(
                        """
                        UPDATE conversations SET
                          last_seq = max(last_seq, $last_seq), last_message_no = max(last_message_no, $last_message_no),
                          last_message_seq = max(last_message_seq, $last_message_seq), last_activity_at = max(last_activity_at, $last_activity_at)
                        WHERE tenant = $tenant AND id = $id
                        """,
                        summary.LastSeq,
                        summary.LastMessageNo,
                        summary.LastMessageSeq,
                        summary.LastActivityAt.ToUnixTimeMilliseconds(),
                        tenant.Value,
                        id.Value);
                }
            },
            cancellationToken);

    public async Task<IReadOnlyList<(Conversation Conversation, Member Member)>> ListForUserAsync(TenantId tenant, UserId user, OwnViewFilter filter, ConversationCursor? before, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(connection => UserLists.Read(connection, tenant, user, filter, before, limit), cancellationToken);

    public async Task<IReadOnlyList<Conversation>> ListForTenantAsync(TenantId tenant, ConversationCursor? before, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            connection => connection.List(
                row => Read(tenant, row),
                $"""
                SELECT {Columns} FROM conversations AS c
                WHERE c.tenant = $tenant AND c.deleted_at IS NULL AND (c.last_activity_at, c.id) < ($at, $id)
                ORDER BY c.last_activity_at DESC, c.id DESC LIMIT $limit
                """,
                tenant.Value,
                At(before),
                before?.Id ?? "",
                limit),
            cancellationToken);

    public async Task<IReadOnlyList<Conversation>> ListDeletedAsync(TenantId tenant, ConversationId? after, int limit, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            connection => connection.List(
                row => Read(tenant, row),
                $"SELECT {Columns} FROM conversations AS c WHERE c.tenant = $tenant AND c.deleted_at IS NOT NULL AND c.id > $after ORDER BY c.id LIMIT $limit",
                tenant.Value,
                after?.Value ?? "",
                limit),
            cancellationToken);

    public Task<(long Conversations, long Messages)> CountAsync(TenantId tenant, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection =>
            {
                using var row = connection.Query("SELECT count(*), coalesce(sum(last_message_no), 0) FROM conversations WHERE tenant = $tenant AND deleted_at IS NULL", tenant.Value);
                row.Read();
                return (row.GetInt64(0), row.GetInt64(1));
            },
            cancellationToken);

    public Task<long> CountStandingAsync(TenantId tenant, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.Number("SELECT count(*) FROM conversations INDEXED BY conversations_for_lists WHERE tenant = $tenant AND deleted_at IS NULL", tenant.Value) ?? 0,
        cancellationToken);

    private static bool Insert(SqliteConnection connection, Conversation conversation) =>
        connection.Execute(
            $"""
            INSERT INTO conversations
              (tenant, id, type, name, custom, created_by, created_at, updated_at, deleted_at, rev, last_seq, last_message_no, last_message_seq, last_activity_at, frozen, slow_mode, member_count)
            VALUES ($tenant, $id, $type, $name, $custom, $created_by, $created_at, $updated_at, $deleted_at, $rev, $last_seq, $last_message_no, $last_message_seq, $last_activity_at, $frozen, $slow_mode, {ActiveMembers})
            ON CONFLICT DO NOTHING
            """,
            conversation.Tenant.Value,
            conversation.Id.Value,
            SqliteStatements.EnumText(conversation.Type),
            conversation.Name,
            conversation.Custom?.GetRawText(),
            conversation.CreatedBy,
            conversation.CreatedAt.ToUnixTimeMilliseconds(),
            conversation.UpdatedAt.ToUnixTimeMilliseconds(),
            conversation.DeletedAt?.ToUnixTimeMilliseconds(),
            conversation.Rev,
            conversation.Summary.LastSeq,
            conversation.Summary.LastMessageNo,
            conversation.Summary.LastMessageSeq,
            Later(conversation.Summary.LastActivityAt, conversation.CreatedAt).ToUnixTimeMilliseconds(),
            conversation.Frozen ? 1 : 0,
            conversation.SlowModeSeconds) == 1;

    private static bool Update(SqliteConnection connection, Conversation conversation, long expectedRev) =>
        connection.Execute(
            $"""
            UPDATE conversations SET
              type = $type, name = $name, custom = $custom, created_by = $created_by, created_at = $created_at, updated_at = $updated_at, deleted_at = $deleted_at,
              rev = $rev, frozen = $frozen, slow_mode = $slow_mode, member_count = {ActiveMembers}
            WHERE tenant = $tenant AND id = $id AND rev = $expected
            """,
            SqliteStatements.EnumText(conversation.Type),
            conversation.Name,
            conversation.Custom?.GetRawText(),
            conversation.CreatedBy,
            conversation.CreatedAt.ToUnixTimeMilliseconds(),
            conversation.UpdatedAt.ToUnixTimeMilliseconds(),
            conversation.DeletedAt?.ToUnixTimeMilliseconds(),
            conversation.Rev,
            conversation.Frozen ? 1 : 0,
            conversation.SlowModeSeconds,
            conversation.Tenant.Value,
            conversation.Id.Value,
            expectedRev) == 1;

    internal static Conversation Read(TenantId tenant, SqliteDataReader row) => new()
    {
        Tenant = tenant,
        Id = new(row.GetString(0)),
        Type = row.Enum<ConversationType>(1),
        Name = row.TextOrNull(2),
        Custom = row.TextOrNull(3) is { } custom ? JsonElement.Parse(custom) : null,
        CreatedBy = row.TextOrNull(4),
        CreatedAt = row.Time(5),
        UpdatedAt = row.Time(6),
        DeletedAt = row.TimeOrNull(7),
        MemberCount = row.GetInt32(8),
        Rev = row.GetInt64(9),
        Frozen = row.GetInt64(14) != 0,
        SlowModeSeconds = row.GetInt32(15),
        Summary = new(row.GetInt64(10), row.GetInt64(11), row.GetInt64(12), row.Time(13)),
    };

    // Without a cursor: above everything.
    internal static long At(ConversationCursor? before) => before?.LastActivityAt.ToUnixTimeMilliseconds() ?? long.MaxValue;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
