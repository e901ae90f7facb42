using System.Text.Json;
using Caas.Core.Ids;
using Caas.Core.Timed;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Timed;

internal sealed class SqliteTimedStore(SqliteDatabase database) : ITimedStore
{
    private const string Columns = "tenant, kind, place, id, owner, due_at, waiting, body";
    private const string Of = "tenant = $tenant AND kind = $kind AND place = $place";

    /// <summary>Of nobody in particular: of the backend, which has no id.</summary>
    private const string By = "($everybody = 1 OR owner IS $owner)";

    public Task AddAsync(TimedItem item, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            $"INSERT INTO timed ({Columns}) VALUES ($tenant, $kind, $place, $id, $owner, $due_at, $waiting, $body) ON CONFLICT DO NOTHING",
            item.Place.Tenant.Value, item.Place.Kind, item.Place.Name, item.Id, item.Owner?.Value, item.DueAt.ToUnixTimeMilliseconds(), item.Waiting ? 1 : 0, item.Body),
        cancellationToken);

    public Task<TimedItem?> FindAsync(TimedPlace place, string id, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.Find(Read, $"SELECT {Columns} FROM timed WHERE {Of} AND id = $id", place.Tenant.Value, place.Kind, place.Name, id),
        cancellationToken);

    public async Task<IReadOnlyList<TimedItem>> ListAsync(TimedPlace place, TimedOwner owner, string? after, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            Read,
            $"SELECT {Columns} FROM timed WHERE {Of} AND id > $after AND {By} ORDER BY id LIMIT $limit",
            place.Tenant.Value, place.Kind, place.Name, after ?? "", owner.IsEverybody ? 1 : 0, owner.User?.Value, limit),
        cancellationToken);

    public Task<int> CountAsync(TimedPlace place, TimedOwner owner, CancellationToken cancellationToken) => database.ReadAsync(
        connection => (int)(connection.Number($"SELECT count(*) FROM timed WHERE {Of} AND {By}", place.Tenant.Value, place.Kind, place.Name, owner.IsEverybody ? 1 : 0, owner.User?.Value) ?? 0),
        cancellationToken);

    public async Task<IReadOnlyList<TimedItem>> ListDueAsync(string kind, IReadOnlyCollection<TenantId> except, DateTimeOffset at, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            Read,
            $"SELECT {Columns} FROM timed WHERE waiting = 1 AND due_at <= $at AND kind = $kind AND tenant NOT IN (SELECT value FROM json_each($except)) ORDER BY due_at LIMIT $limit",
            at.ToUnixTimeMilliseconds(), kind, JsonSerializer.Serialize([.. except.Select(tenant => tenant.Value)], SqliteJsonContext.Default.StringArray), limit),
        cancellationToken);

    public async Task<IReadOnlyList<TimedItem>> ListSetAsideAsync(TenantId tenant, string kind, DateTimeOffset before, int limit, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            Read,
            $"SELECT {Columns} FROM timed WHERE waiting = 0 AND tenant = $tenant AND kind = $kind AND due_at < $before ORDER BY due_at LIMIT $limit",
            tenant.Value, kind, before.ToUnixTimeMilliseconds(), limit),
        cancellationToken);

    public Task<bool> PutOffAsync(TimedPlace place, string id, DateTimeOffset? until, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            $"UPDATE timed SET due_at = coalesce($until, due_at), waiting = CASE WHEN $until IS NULL THEN 0 ELSE waiting END WHERE {Of} AND id = $id",
            until?.ToUnixTimeMilliseconds(), place.Tenant.Value, place.Kind, place.Name, id) == 1,
        cancellationToken);

    public Task<bool> ReplaceAsync(TimedItem read, TimedItem item, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute(
            $"UPDATE timed SET due_at = $due_at, waiting = $waiting, body = $body WHERE {Of} AND id = $id AND due_at = $read_due_at AND waiting = $read_waiting AND body = $read_body",
            item.DueAt.ToUnixTimeMilliseconds(), item.Waiting ? 1 : 0, item.Body, read.Place.Tenant.Value, read.Place.Kind, read.Place.Name, read.Id, read.DueAt.ToUnixTimeMilliseconds(), read.Waiting ? 1 : 0, read.Body) == 1,
        cancellationToken);

    public Task<bool> DeleteAsync(TimedPlace place, string id, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute($"DELETE FROM timed WHERE {Of} AND id = $id", place.Tenant.Value, place.Kind, place.Name, id) == 1,
        cancellationToken);

    public Task DeleteAllAsync(TimedPlace place, CancellationToken cancellationToken) => database.WriteAsync(
        connection => connection.Execute($"DELETE FROM timed WHERE {Of}", place.Tenant.Value, place.Kind, place.Name),
        cancellationToken);

    private static TimedItem Read(SqliteDataReader row) => new(
        new(new TenantId(row.GetString(0)), row.GetString(1), row.GetString(2)),
        row.GetString(3),
        row.TextOrNull(4) is { } owner ? new UserId(owner) : null,
        row.Time(5),
        row.GetInt64(6) != 0,
        row.GetString(7));
}
