using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Presence;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Presence;

/// <summary>Last seen and choices in SQLite, one row per user.</summary>
public sealed class SqlitePresenceStore(SqliteDatabase database) : IPresenceStore
{
    /// <inheritdoc/>
    public Task SaveSeenAsync(IReadOnlyList<UserSeen> seen, CancellationToken cancellationToken) =>
        seen.Count == 0 ? Task.CompletedTask : database.WriteAsync(
            connection =>
            {
                foreach (var (tenant, user, at) in seen)
                {
                    connection.Execute(
                        "INSERT INTO presence (tenant, user, seen_at) VALUES ($tenant, $user, $at) ON CONFLICT (tenant, user) DO UPDATE SET seen_at = max(coalesce(seen_at, 0), excluded.seen_at)",
                        tenant.Value, user.Value, at.ToUnixTimeMilliseconds());
                }
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task SaveChoiceAsync(TenantId tenant, UserId user, PresenceChoice choice, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                """
                INSERT INTO presence (tenant, user, status, text, chosen_at, expires_at) VALUES ($tenant, $user, $status, $text, $chosen, $expires)
                ON CONFLICT (tenant, user) DO UPDATE SET status = excluded.status, text = excluded.text, chosen_at = excluded.chosen_at, expires_at = excluded.expires_at
                WHERE coalesce(chosen_at, 0) <= excluded.chosen_at
                """,
                tenant.Value, user.Value, SqliteStatements.EnumText(choice.Status), choice.Text, choice.ChosenAt.ToUnixTimeMilliseconds(), choice.ExpiresAt?.ToUnixTimeMilliseconds()),
            cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredPresence>> FindManyAsync(TenantId tenant, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<StoredPresence>>(
            connection => connection.List(
                Read,
                "SELECT user, seen_at, status, text, chosen_at, expires_at FROM presence WHERE tenant = $tenant AND user IN (SELECT value FROM json_each($ids))",
                tenant.Value,
                JsonSerializer.Serialize([.. users.Select(user => user.Value)], SqliteJsonContext.Default.StringArray)),
            cancellationToken);

    private static StoredPresence Read(SqliteDataReader row) =>
        new(new(row.GetString(0)), row.TimeOrNull(1), row.IsDBNull(2) ? null : new(row.Enum<PresenceStatus>(2), row.TextOrNull(3), row.Time(4), row.TimeOrNull(5)));
}
