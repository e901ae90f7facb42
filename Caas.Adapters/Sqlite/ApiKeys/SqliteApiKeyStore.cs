using System.Text.Json;
using Caas.Core.ApiKeys;
using Caas.Core.Ids;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.ApiKeys;

/// <summary>API keys in SQLite.</summary>
public sealed class SqliteApiKeyStore(SqliteDatabase database) : IApiKeyStore
{
    private const string Columns = "id, tenant, name, secret_hash, previous_secret_hash, previous_until, scopes, allowed_ips, created_at, expires_at, revoked_at, last_used_at, rev";

    /// <inheritdoc/>
    public Task<ApiKey?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.Find(Read, $"SELECT {Columns} FROM api_keys WHERE id = $id", id), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> SaveAsync(ApiKey key, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                $"""
                INSERT INTO api_keys ({Columns}) VALUES ($id, $tenant, $name, $hash, $previous, $previous_until, $scopes, $ips, $created, $expires, $revoked, $used, $rev)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, secret_hash = excluded.secret_hash, previous_secret_hash = excluded.previous_secret_hash,
                  previous_until = excluded.previous_until, scopes = excluded.scopes, allowed_ips = excluded.allowed_ips, expires_at = excluded.expires_at,
                  revoked_at = excluded.revoked_at, rev = excluded.rev
                WHERE excluded.rev > api_keys.rev AND excluded.tenant = api_keys.tenant
                """,
                key.Id,
                key.Tenant.Value,
                key.Name,
                key.SecretHash,
                key.PreviousSecretHash,
                key.PreviousUntil?.ToUnixTimeMilliseconds(),
                Text(key.Scopes),
                Text(key.AllowedIps),
                key.CreatedAt.ToUnixTimeMilliseconds(),
                key.ExpiresAt?.ToUnixTimeMilliseconds(),
                key.RevokedAt?.ToUnixTimeMilliseconds(),
                key.LastUsedAt?.ToUnixTimeMilliseconds(),
                key.Rev) > 0,
            cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<ApiKey>> ListAsync(TenantId tenant, string? after, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ApiKey>>(
            connection => connection.List(Read, $"SELECT {Columns} FROM api_keys WHERE tenant = $tenant AND id > $after ORDER BY id LIMIT $limit", tenant.Value, after ?? "", limit),
            cancellationToken);

    /// <inheritdoc/>
    public Task TouchAsync(string id, DateTimeOffset usedAt, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                connection.Execute("UPDATE api_keys SET last_used_at = $at WHERE id = $id AND coalesce(last_used_at, 0) < $at", usedAt.ToUnixTimeMilliseconds(), id);
            },
            cancellationToken);

    /// <inheritdoc/>
    public Task<long> CountActiveAsync(TenantId tenant, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.Number(
                "SELECT count(*) FROM api_keys WHERE tenant = $tenant AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $now)", tenant.Value, now.ToUnixTimeMilliseconds()) ?? 0,
            cancellationToken);

    private static ApiKey Read(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        Tenant = new(row.GetString(1)),
        Name = row.GetString(2),
        SecretHash = row.GetString(3),
        PreviousSecretHash = row.TextOrNull(4),
        PreviousUntil = row.TimeOrNull(5),
        Scopes = Strings(row.GetString(6)),
        AllowedIps = Strings(row.GetString(7)),
        CreatedAt = row.Time(8),
        ExpiresAt = row.TimeOrNull(9),
        RevokedAt = row.TimeOrNull(10),
        LastUsedAt = row.TimeOrNull(11),
        Rev = row.GetInt64(12),
    };

    private static string Text(IReadOnlyList<string> list) => JsonSerializer.Serialize([.. list], SqliteJsonContext.Default.StringArray);

    private static string[] Strings(string json) => JsonSerializer.Deserialize(json, SqliteJsonContext.Default.StringArray)!;
}
