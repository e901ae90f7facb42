using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Tenants;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Tenants;

/// <summary>Whatever table has a column <c>tenant</c> is purged: one that comes to be later is not forgotten.</summary>
internal sealed class SqliteTenantPurgeStore(SqliteDatabase database) : ITenantPurgeStore
{
    /// <summary>They end by themselves, and are needed until then.</summary>
    private const string Kept = "revocations";

    public async Task<IReadOnlyList<TenantId>> ListDueAsync(DateTimeOffset deletedBefore, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => new TenantId(row.GetString(0)),
            "SELECT id FROM tenants WHERE deleted_at IS NOT NULL AND purged_at IS NULL AND deleted_at <= $before ORDER BY id LIMIT $limit",
            deletedBefore.ToUnixTimeMilliseconds(),
            limit),
        cancellationToken);

    public Task<bool> PurgeAsync(TenantId tenant, int limit, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            connection.Execute("DELETE FROM search_tokens WHERE rowid IN (SELECT id FROM search_messages WHERE tenant = $tenant LIMIT $limit)", tenant.Value, limit);
            foreach (var (table, key) in Tables(connection))
            {
                // The tombstone's own log stays with it.
                var mine = table == "entries" ? $"tenant = $tenant AND log <> '{LogId.OfTenant(tenant).Name}'" : "tenant = $tenant";
                var removed = connection.Execute($"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {mine} LIMIT $limit)", tenant.Value, limit);
                if (removed > 0)
                {
                    return true;
                }
            }

            // Places of followers carry the tenant in their name; no id holds a '/', and a tenant's no wildcard.
            return connection.Execute("DELETE FROM feed_sources WHERE consumer LIKE '%/' || $tenant || '/%'", tenant.Value) > 0;
        },
        cancellationToken);

    public Task FinishAsync(TenantId tenant, DateTimeOffset at, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute("UPDATE tenants SET purged_at = $at WHERE id = $id AND deleted_at IS NOT NULL", at.ToUnixTimeMilliseconds(), tenant.Value),
        cancellationToken);

    /// <summary>Each with the columns that tell its rows apart. The search's words go by its table, so that is in step with them.</summary>
    internal static IReadOnlyList<(string Table, string Key)> Tables(SqliteConnection connection)
    {
        var names = connection.List(
            row => row.GetString(0),
            """
            SELECT m.name FROM sqlite_master AS m
            WHERE m.type = 'table' AND m.name <> $kept AND EXISTS (SELECT 1 FROM pragma_table_info(m.name) AS c WHERE c.name = 'tenant')
            ORDER BY m.name = 'search_messages' DESC, m.name
            """,
            Kept);
        return [.. names.Select(name => (name, string.Join(", ", connection.List(row => row.GetString(0), "SELECT name FROM pragma_table_info($table) WHERE pk > 0 ORDER BY pk", name))))];
    }
}
