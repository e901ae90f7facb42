using Caas.Adapters.Sqlite.Members;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.OwnViews;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Conversations;

/// <summary>
/// A user's conversations, latest activity first. Keeping the activity in every member's row would make each message cost a write per member; so the activity of all of the user's conversations
/// is sorted, at one lookup in a narrow index each. Who is in very many is likely to be in the tenant's latest: these are walked first, some way, and all are sorted only where that gives no full page.
/// </summary>
internal static class UserLists
{
    /// <summary>So many are sorted faster than the tenant's latest are walked.</summary>
    private const int Few = 1_500;

    private const int MostWalked = 3_000;

    private const string Walked =
        """
        SELECT w.id, w.last_activity_at, w.last_message_seq FROM conversations AS w INDEXED BY conversations_by_activity
        WHERE w.tenant = $tenant AND w.deleted_at IS NULL AND (w.last_activity_at, w.id) < ($at, $id)
        ORDER BY w.last_activity_at DESC, w.id DESC LIMIT $most
        """;

    public static IReadOnlyList<(Conversation Conversation, Member Member)> Read(SqliteConnection connection, TenantId tenant, UserId user, OwnViewFilter filter, ConversationCursor? before, int limit)
    {
        var (at, id) = (SqliteConversationStore.At(before), before?.Id ?? "");
        if (IsInMany(connection, tenant, user))
        {
            var walked = Walk(connection, tenant, user, filter, at, id, limit);
            if (walked.Count == limit || connection.Number($"SELECT count(*) FROM ({Walked})", tenant.Value, at, id, MostWalked) < MostWalked)
            {
                return walked;
            }
        }

        return Sort(connection, tenant, user, filter, at, id, limit);
    }

    private static bool IsInMany(SqliteConnection connection, TenantId tenant, UserId user) =>
        connection.Number(
            "SELECT count(*) FROM (SELECT 1 FROM members AS m INDEXED BY members_by_user WHERE m.tenant = $tenant AND m.user = $user AND m.removed = 0 LIMIT $most)",
            tenant.Value,
            user.Value,
            Few + 1) > Few;

    private static List<(Conversation Conversation, Member Member)> Walk(SqliteConnection connection, TenantId tenant, UserId user, OwnViewFilter filter, long at, string id, int limit) =>
        connection.List(
            row => (SqliteConversationStore.Read(tenant, row), MemberRow.Read(tenant, row, SqliteConversationStore.ColumnCount)),
            $"""
            SELECT {SqliteConversationStore.Columns}, {MemberRow.Columns} FROM ({Walked}) AS page
            CROSS JOIN members AS m ON m.tenant = $tenant AND m.conversation = page.id AND m.user = $user
            CROSS JOIN conversations AS c ON c.tenant = $tenant AND c.id = page.id
            WHERE m.removed = 0 AND m.archived = $archived AND ($pinned IS NULL OR m.pinned = $pinned) AND (m.hidden_seq > 0 AND page.last_message_seq <= m.hidden_seq) = $hidden
            LIMIT $limit
            """,
            tenant.Value,
            at,
            id,
            MostWalked,
            user.Value,
            filter.Archived ? 1 : 0,
            Number(filter.Pinned),
            filter.Hidden ? 1 : 0,
            limit);

    private static List<(Conversation Conversation, Member Member)> Sort(SqliteConnection connection, TenantId tenant, UserId user, OwnViewFilter filter, long at, string id, int limit) =>
        connection.List(
            row => (SqliteConversationStore.Read(tenant, row), MemberRow.Read(tenant, row, SqliteConversationStore.ColumnCount)),
            $"""
            SELECT {SqliteConversationStore.Columns}, {MemberRow.Columns} FROM (
              SELECT c.id AS id, c.last_activity_at AS at
              FROM members AS m INDEXED BY members_by_user CROSS JOIN conversations AS c INDEXED BY conversations_for_lists ON c.tenant = m.tenant AND c.id = m.conversation
              WHERE m.tenant = $tenant AND m.user = $user AND m.removed = 0 AND m.archived = $archived AND ($pinned IS NULL OR m.pinned = $pinned)
                AND c.deleted_at IS NULL AND (c.last_activity_at, c.id) < ($at, $id) AND (m.hidden_seq > 0 AND c.last_message_seq <= m.hidden_seq) = $hidden
              ORDER BY c.last_activity_at DESC, c.id DESC LIMIT $limit) AS page
            CROSS JOIN conversations AS c ON c.tenant = $tenant AND c.id = page.id
            CROSS JOIN members AS m ON m.tenant = $tenant AND m.conversation = page.id AND m.user = $user
            ORDER BY page.at DESC, page.id DESC
            """,
            tenant.Value,
            user.Value,
            filter.Archived ? 1 : 0,
            Number(filter.Pinned),
            at,
            id,
            filter.Hidden ? 1 : 0,
            limit);

    private static long? Number(bool? flag) => flag is { } given ? given ? 1 : 0 : null;
}
