using System.Text.Json;
using Caas.Core.Devices;
using Caas.Core.Ids;
using Caas.Core.Json;
using Microsoft.Data.Sqlite;

namespace Caas.Adapters.Sqlite.Devices;

internal sealed class SqliteDeviceStore(SqliteDatabase database) : IDeviceStore
{
    private const string Columns = "user, id, address, created_at, updated_at";
    private const string One = "tenant = $tenant AND user = $user AND id = $id";

    public Task PutAsync(Device device, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            var (tenant, user) = (device.Tenant.Value, device.User.Value);
            Free(connection, tenant, user, device.Id);
            foreach (var key in device.Address.Keys())
            {
                foreach (var other in connection.List(row => (User: row.GetString(0), Id: row.GetString(1)), "SELECT user, device FROM device_keys WHERE tenant = $tenant AND key = $key", tenant, key))
                {
                    Delete(connection, tenant, other.User, other.Id);
                }

                connection.Execute("INSERT INTO device_keys (tenant, key, user, device) VALUES ($tenant, $key, $user, $device)", tenant, key, user, device.Id);
            }

            connection.Execute(
                $"""
                INSERT INTO devices (tenant, {Columns}) VALUES ($tenant, $user, $id, $address, $created_at, $updated_at)
                ON CONFLICT (tenant, user, id) DO UPDATE SET address = excluded.address, updated_at = excluded.updated_at
                """,
                tenant,
                user,
                device.Id,
                JsonSerializer.Serialize(device.Address, CoreJsonContext.Default.DeviceAddress),
                device.CreatedAt.ToUnixTimeMilliseconds(),
                device.UpdatedAt.ToUnixTimeMilliseconds());
        },
        cancellationToken);

    public Task<Device?> FindAsync(TenantId tenant, UserId user, string id, CancellationToken cancellationToken) => database.ReadAsync(
        connection => connection.Find(row => Read(tenant, row), $"SELECT {Columns} FROM devices WHERE {One}", tenant.Value, user.Value, id),
        cancellationToken);

    public async Task<IReadOnlyList<Device>> ListAsync(TenantId tenant, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken) => await database.ReadAsync(
        connection => connection.List(
            row => Read(tenant, row),
            $"SELECT {Columns} FROM devices WHERE tenant = $tenant AND user IN (SELECT value FROM json_each($users)) ORDER BY user, id",
            tenant.Value,
            JsonSerializer.Serialize([.. users.Select(user => user.Value)], SqliteJsonContext.Default.StringArray)),
        cancellationToken);

    public Task<bool> DeleteAsync(TenantId tenant, UserId user, string id, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => Delete(connection, tenant.Value, user.Value, id), cancellationToken);

    public Task<bool> RemoveTokenAsync(Device device, bool voip, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            var (tenant, user) = (device.Tenant.Value, device.User.Value);
            var found = connection.Find(row => Read(device.Tenant, row), $"SELECT {Columns} FROM devices WHERE {One}", tenant, user, device.Id);
            if (found?.UpdatedAt != device.UpdatedAt || found.Address.Without(device.Address, voip) is not { } rest)
            {
                return false;
            }

            if (!rest.Keys().Any())
            {
                return Delete(connection, tenant, user, device.Id);
            }

            foreach (var key in found.Address.Keys().Except(rest.Keys()))
            {
                connection.Execute("DELETE FROM device_keys WHERE tenant = $tenant AND key = $key AND user = $user AND device = $device", tenant, key, user, device.Id);
            }

            Update(connection, found, rest);
            return false;
        },
        cancellationToken);

    public Task KeepAccountAsync(Device device, string account, CancellationToken cancellationToken) => database.WriteAsync(
        connection =>
        {
            var found = connection.Find(row => Read(device.Tenant, row), $"SELECT {Columns} FROM devices WHERE {One}", device.Tenant.Value, device.User.Value, device.Id);
            if (found?.UpdatedAt == device.UpdatedAt)
            {
                Update(connection, found, found.Address with { Account = account });
            }
        },
        cancellationToken);

    private static void Update(SqliteConnection connection, Device device, DeviceAddress address) => connection.Execute(
        $"UPDATE devices SET address = $address WHERE {One}", JsonSerializer.Serialize(address, CoreJsonContext.Default.DeviceAddress), device.Tenant.Value, device.User.Value, device.Id);

    private static bool Delete(SqliteConnection connection, string tenant, string user, string id)
    {
        Free(connection, tenant, user, id);
        return connection.Execute($"DELETE FROM devices WHERE {One}", tenant, user, id) == 1;
    }

    private static void Free(SqliteConnection connection, string tenant, string user, string id) =>
        connection.Execute("DELETE FROM device_keys WHERE tenant = $tenant AND user = $user AND device = $device", tenant, user, id);

    private static Device Read(TenantId tenant, SqliteDataReader row) =>
        new(tenant, new(row.GetString(0)), row.GetString(1), JsonSerializer.Deserialize(row.GetString(2), CoreJsonContext.Default.DeviceAddress)!, row.Time(3), row.Time(4));
}
