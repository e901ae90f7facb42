using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Blocklists;
using Caas.Core.Calls;
using Caas.Core.Ids;
using Caas.Core.Json;
using Caas.Core.Tenants;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Tenants;

/// <summary>Tenants in SQLite.</summary>
public sealed class SqliteTenantStore(SqliteDatabase database) : ITenantStore
{
    private const string Columns = "id, name, settings, created_at, deleted_at, secret_kid, secret_sealed, secret_created_at, rev, quotas, blocklist, turn_servers, delivery, before_send";

    /// <inheritdoc/>
    public Task<Tenant?> FindAsync(TenantId id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.Find(Read, $"SELECT {Columns} FROM tenants WHERE id = $id", id.Value), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> SaveAsync(Tenant tenant, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                $"""
                INSERT INTO tenants ({Columns}) VALUES ($id, $name, $settings, $created, $deleted, $kid, $sealed, $secret_created, $rev, $quotas, $blocklist, $turn, $delivery, $before)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, settings = excluded.settings, created_at = excluded.created_at, deleted_at = excluded.deleted_at,
                  secret_kid = excluded.secret_kid, secret_sealed = excluded.secret_sealed, secret_created_at = excluded.secret_created_at, rev = excluded.rev, quotas = excluded.quotas, blocklist = excluded.blocklist,
                  turn_servers = excluded.turn_servers, delivery = excluded.delivery, before_send = excluded.before_send
                WHERE excluded.rev > tenants.rev
                """,
                tenant.Id.Value,
                tenant.Name,
                JsonSerializer.Serialize(tenant.Settings, CaasJsonContext.Default.TenantSettings),
                tenant.CreatedAt.ToUnixTimeMilliseconds(),
                tenant.DeletedAt?.ToUnixTimeMilliseconds(),
                tenant.TokenSecret?.Kid,
                tenant.TokenSecret?.Sealed,
                tenant.TokenSecret?.CreatedAt.ToUnixTimeMilliseconds(),
                tenant.Rev,
                tenant.Quotas is { } quotas ? JsonSerializer.Serialize(quotas, CaasJsonContext.Default.TenantQuotas) : null,
                tenant.Blocklist.IsEmpty ? null : JsonSerializer.Serialize(tenant.Blocklist, CoreJsonContext.Default.Blocklist),
                tenant.TurnServers.IsEmpty ? null : JsonSerializer.Serialize(tenant.TurnServers, CoreJsonContext.Default.TurnServers),
                tenant.Delivery.Count == 0 ? null : JsonSerializer.Serialize([.. tenant.Delivery], CoreJsonContext.Default.DeliveryAccountArray),
                tenant.BeforeSend is { } hook ? JsonSerializer.Serialize(hook, CoreJsonContext.Default.BeforeSendHook) : null) > 0,
            cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Tenant>> ListAsync(TenantId? after, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<Tenant>>(
            connection => connection.List(Read, $"SELECT {Columns} FROM tenants WHERE id > $after AND deleted_at IS NULL ORDER BY id LIMIT $limit", after?.Value ?? "", limit),
            cancellationToken);

    private static Tenant Read(SqliteDataReader row) => new()
    {
        Id = new(row.GetString(0)),
        Name = row.GetString(1),
        Settings = JsonSerializer.Deserialize(row.GetString(2), CaasJsonContext.Default.TenantSettings)!,
        CreatedAt = row.Time(3),
        DeletedAt = row.TimeOrNull(4),
        TokenSecret = row.TextOrNull(5) is { } kid ? new(kid, row.GetString(6), row.Time(7)) : null,
        Rev = row.GetInt64(8),
        Quotas = row.TextOrNull(9) is { } quotas ? JsonSerializer.Deserialize(quotas, CaasJsonContext.Default.TenantQuotas) : null,
        Blocklist = row.TextOrNull(10) is { } blocklist ? JsonSerializer.Deserialize(blocklist, CoreJsonContext.Default.Blocklist)! : Blocklist.Empty,
        TurnServers = row.TextOrNull(11) is { } turn ? JsonSerializer.Deserialize(turn, CoreJsonContext.Default.TurnServers)! : TurnServers.None,
        Delivery = row.TextOrNull(12) is { } delivery ? JsonSerializer.Deserialize(delivery, CoreJsonContext.Default.DeliveryAccountArray)! : [],
        BeforeSend = row.TextOrNull(13) is { } hook ? JsonSerializer.Deserialize(hook, CoreJsonContext.Default.BeforeSendHook) : null,
    };
}
