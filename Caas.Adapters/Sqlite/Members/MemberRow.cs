using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Members;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Members;

/// <summary>How a member stands in its row.</summary>
internal static class MemberRow
{
    /// <summary>The columns that <see cref="Read"/> expects, in its order.</summary>
    public const string Columns = "m.conversation, m.user, m.role, m.joined_at, m.joined_seq, m.removed, m.rev, m.read_seq, m.read_message_no, m.delivered_seq, m.muted, m.hidden_seq, m.archived, m.pinned, m.marked_unread";

    /// <summary>Reads <see cref="Columns"/>, which begin at <paramref name="first"/>.</summary>
    public static Member Read(TenantId tenant, SqliteDataReader row, int first = 0) => new()
    {
        Tenant = tenant,
        Conversation = new(row.GetString(first)),
        User = new(row.GetString(first + 1)),
        Role = row.Enum<MemberRole>(first + 2),
        JoinedAt = row.Time(first + 3),
        JoinedSeq = row.GetInt64(first + 4),
        Removed = row.GetInt64(first + 5) != 0,
        Rev = row.GetInt64(first + 6),
        ReadSeq = row.GetInt64(first + 7),
        ReadMessageNo = row.GetInt64(first + 8),
        DeliveredSeq = row.GetInt64(first + 9),
        View = new(row.GetInt64(first + 10) != 0, row.GetInt64(first + 11), row.GetInt64(first + 12) != 0, row.GetInt64(first + 13) != 0, row.GetInt64(first + 14) != 0),
    };

    /// <summary>Stores the member unless its row is as new.</summary>
    public static void Fold(SqliteConnection connection, Member member) =>
        connection.Execute(
            """
            INSERT INTO members (tenant, conversation, user, role, joined_at, joined_seq, removed, rev, read_seq, read_message_no, delivered_seq)
            VALUES ($tenant, $conversation, $user, $role, $joined_at, $joined_seq, $removed, $rev, $read_seq, $read_message_no, $delivered_seq)
            ON CONFLICT (tenant, conversation, user) DO UPDATE SET
              role = excluded.role, joined_at = excluded.joined_at, joined_seq = excluded.joined_seq, removed = excluded.removed, rev = excluded.rev,
              read_seq = max(read_seq, excluded.read_seq), read_message_no = max(read_message_no, excluded.read_message_no), delivered_seq = max(delivered_seq, excluded.delivered_seq)
            WHERE excluded.rev > rev
            """,
            member.Tenant.Value,
            member.Conversation.Value,
            member.User.Value,
            SqliteStatements.EnumText(member.Role),
            member.JoinedAt.ToUnixTimeMilliseconds(),
            member.JoinedSeq,
            member.Removed ? 1 : 0,
            member.Rev,
            member.ReadSeq,
            member.ReadMessageNo,
            member.DeliveredSeq);
}
