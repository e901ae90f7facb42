using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Notifications;
using Caas.Core.Users;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Users;

/// <summary>Users in SQLite.</summary>
public sealed class SqliteUserStore(SqliteDatabase database) : IUserStore
{
    /// <summary>Above every text that starts with a prefix: the last code point there is.</summary>
    private const string Last = "\U0010FFFF";

    private const string Columns = "id, name, avatar_url, role, custom, created_at, updated_at, deactivated_at, rev, read_receipts, delivery_receipts, typing, notifications, pseudonym, erased_at";

    /// <inheritdoc/>
    public async Task<User?> FindAsync(TenantId tenant, UserId id, CancellationToken cancellationToken) =>
        await FindAnyAsync(tenant, id, cancellationToken) is { Erased: null } user ? user : null;

    /// <inheritdoc/>
    public Task<User?> FindAnyAsync(TenantId tenant, UserId id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.Find(row => Read(tenant, row), $"SELECT {Columns}, erasure_completed_at FROM users WHERE tenant = $tenant AND id = $id", tenant.Value, id.Value), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<User>> FindManyAsync(TenantId tenant, IReadOnlyCollection<UserId> ids, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<User>>(
            connection => connection.List(
                row => Read(tenant, row),
                $"SELECT {Columns}, erasure_completed_at FROM users WHERE tenant = $tenant AND id IN (SELECT value FROM json_each($ids)) AND erased_at IS NULL",
                tenant.Value,
                JsonSerializer.Serialize([.. ids.Select(id => id.Value)], SqliteJsonContext.Default.StringArray)),
            cancellationToken);

    /// <inheritdoc/>
    public Task SaveAsync(IReadOnlyList<User> users, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                foreach (var user in users)
                {
                    Save(connection, user);
                }
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<User>> ListAsync(TenantId tenant, string? query, UserId? after, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<User>>(
            connection => query is null
                ? connection.List(row => Read(tenant, row), $"SELECT {Columns}, erasure_completed_at FROM users WHERE tenant = $tenant AND id > $after AND erased_at IS NULL ORDER BY id LIMIT $limit", tenant.Value, after?.Value ?? "", limit)
                : connection.List(
                    row => Read(tenant, row),
                    $"""
                    SELECT {Columns}, erasure_completed_at FROM users
                    WHERE tenant = $tenant AND id > $after AND erased_at IS NULL
                      AND id IN (SELECT id FROM users WHERE tenant = $tenant AND id_folded >= $from AND id_folded < $to
                                 UNION SELECT id FROM users WHERE tenant = $tenant AND name_folded >= $from AND name_folded < $to)
                    ORDER BY id LIMIT $limit
                    """,
                    tenant.Value, after?.Value ?? "", UserQuery.Fold(query), UserQuery.Fold(query) + Last, limit),
            cancellationToken);

    /// <inheritdoc/>
    public Task<long> CountAsync(TenantId tenant, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.Number("SELECT count(*) FROM users WHERE tenant = $tenant AND deactivated_at IS NULL", tenant.Value) ?? 0, cancellationToken);

    private static void Save(SqliteConnection connection, User user) =>
        connection.Execute(
            $"""
            INSERT INTO users (tenant, {Columns}, id_folded, name_folded) VALUES ($tenant, $id, $name, $avatar, $role, $custom, $created, $updated, $deactivated, $rev, $read_receipts, $delivery_receipts, $typing, $notifications, $pseudonym, $erased_at, $id_folded, $name_folded)
            ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, avatar_url = excluded.avatar_url, role = excluded.role, custom = excluded.custom,
              created_at = excluded.created_at, updated_at = excluded.updated_at, deactivated_at = excluded.deactivated_at, rev = excluded.rev, read_receipts = excluded.read_receipts,
              delivery_receipts = excluded.delivery_receipts, typing = excluded.typing, notifications = excluded.notifications, pseudonym = excluded.pseudonym,
              erased_at = excluded.erased_at, name_folded = excluded.name_folded
            WHERE excluded.rev > users.rev
            """,
            user.Tenant.Value,
            user.Id.Value,
            user.Name,
            user.AvatarUrl,
            user.Role,
            user.Custom?.GetRawText(),
            user.CreatedAt.ToUnixTimeMilliseconds(),
            user.UpdatedAt.ToUnixTimeMilliseconds(),
            user.DeactivatedAt?.ToUnixTimeMilliseconds(),
            user.Rev,
            user.Privacy.ReadReceipts,
            user.Privacy.DeliveryReceipts,
            user.Privacy.Typing,
            PreferencesText.Write(user.Notifications),
            user.Erased?.Pseudonym,
            user.Erased?.At.ToUnixTimeMilliseconds(),
            UserQuery.Fold(user.Id.Value),
            UserQuery.Fold(user.Name));

    private static User Read(TenantId tenant, SqliteDataReader row) => new()
    {
        Tenant = tenant,
        Id = new(row.GetString(0)),
        Name = row.GetString(1),
        AvatarUrl = row.TextOrNull(2),
        Role = row.GetString(3),
        Custom = row.TextOrNull(4) is { } custom ? JsonSerializer.Deserialize(custom, CaasJsonContext.Default.JsonElement) : null,
        CreatedAt = row.Time(5),
        UpdatedAt = row.Time(6),
        DeactivatedAt = row.TimeOrNull(7),
        Rev = row.GetInt64(8),
        Privacy = new(row.GetBoolean(9), row.GetBoolean(10), row.GetBoolean(11)),
        Notifications = PreferencesText.Read(row.TextOrNull(12)),
        Erased = row.TextOrNull(13) is { } pseudonym ? new(pseudonym, row.Time(14), row.TimeOrNull(15)) : null,
    };
}
