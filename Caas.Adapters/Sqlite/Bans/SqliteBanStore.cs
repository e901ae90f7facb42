using Caas.Core.Bans;
using Caas.Core.Ids;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Bans;

internal sealed class SqliteBanStore(SqliteDatabase database) : IBanStore
{
    public Task ApplyAsync(TenantId tenant, Ban ban, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            """
            INSERT INTO bans (tenant, user, conversation, seq, at, expires_at, reason, removed, shadow) VALUES ($tenant, $user, $conversation, $seq, $at, $expires_at, $reason, $removed, $shadow)
            ON CONFLICT (tenant, user, conversation) DO UPDATE SET seq = excluded.seq, at = excluded.at, expires_at = excluded.expires_at, reason = excluded.reason, removed = excluded.removed, shadow = excluded.shadow
            WHERE excluded.seq > seq
            """,
            tenant.Value,
            ban.User.Value,
            ban.Conversation?.Value ?? "",
            ban.Seq,
            ban.At.ToUnixTimeMilliseconds(),
            ban.ExpiresAt?.ToUnixTimeMilliseconds(),
            ban.Reason,
            ban.Removed ? 1 : 0,
            ban.Shadow ? 1 : 0),
        cancellationToken);

    public async Task<IReadOnlyList<Ban>> ReadAsync(TenantId tenant, UserId user, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(Read, "SELECT user, conversation, seq, at, expires_at, reason, shadow FROM bans WHERE tenant = $tenant AND user = $user AND removed = 0", tenant.Value, user.Value),
        cancellationToken);

    public async Task<IReadOnlyList<Ban>> ListAsync(TenantId tenant, DateTimeOffset now, BanPlace? after, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            Read,
            """
            SELECT user, conversation, seq, at, expires_at, reason, shadow FROM bans
            WHERE tenant = $tenant AND (user, conversation) > ($user, $conversation) AND removed = 0 AND (expires_at IS NULL OR expires_at > $now) ORDER BY user, conversation LIMIT $limit
            """,
            tenant.Value,
            after?.User ?? "",
            after?.Conversation ?? "",
            now.ToUnixTimeMilliseconds(),
            limit),
        cancellationToken);

    private static Ban Read(SqliteDataReader row) =>
        new(new(row.GetString(0)), row.GetString(1) is { Length: > 0 } conversation ? new ConversationId(conversation) : null, row.GetInt64(2), row.Time(3), row.TimeOrNull(4), row.TextOrNull(5), Removed: false, row.GetInt64(6) != 0);
}
