using System.Text.Json;
using Caas.Adapters.MongoDb.Schema;
using Caas.Core.Devices;
using Caas.Core.Ids;
using Caas.Core.Json;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Caas.Adapters.MongoDb.Devices;

/// <summary>Devices in the collection <c>devices</c>. <c>_id</c> is <c>tenant/user/device</c>; what reaches a device stands hashed in <c>keys</c>, each of which belongs to one of the tenant's.</summary>
internal sealed class MongoDeviceStore(MongoContext context) : IDeviceStore
{
    /// <summary>So many others may take a token at the same moment: each of them is in the way once.</summary>
    private const int Attempts = 25;

    private readonly IMongoCollection<BsonDocument> _devices = context.Collection(Collections.Devices);

    public Task PutAsync(Device device, CancellationToken cancellationToken)
    {
        var keys = new BsonArray(device.Address.Keys());
        var id = Id(device.Tenant, device.User, device.Id);
        var others = new BsonDocument { { "tenant", device.Tenant.Value }, { "keys", new BsonDocument("$in", keys) }, { "_id", new BsonDocument("$ne", id) } };
        var update = new BsonDocument
        {
            { "$set", new BsonDocument { { "keys", keys }, { "address", JsonSerializer.Serialize(device.Address, CoreJsonContext.Default.DeviceAddress) }, { "updatedAt", device.UpdatedAt.ToBson() } } },
            { "$setOnInsert", new BsonDocument("createdAt", device.CreatedAt.ToBson()) },
        };
        return context.RunAsync(
            "store a device",
            async (session, within) =>
            {
                for (var attempt = 1; ; attempt++)
                {
                    await _devices.DeleteManyAsync(session, others, cancellationToken: within);
                    try
                    {
                        await _devices.UpdateOneAsync(session, Filter(device.Tenant, device.User, device.Id), update, new UpdateOptions { IsUpsert = true }, within);
                        return;
                    }
                    catch (MongoWriteException exception) when (MongoFaults.IsDuplicate(exception) && attempt < Attempts)
                    {
                        // Somebody else took the token between the two, or the device itself came to be.
                    }
                }
            },
            cancellationToken);
    }

    public async Task<Device?> FindAsync(TenantId tenant, UserId user, string id, CancellationToken cancellationToken) =>
        await context.FindAsync(_devices, Filter(tenant, user, id), cancellationToken) is { } document ? Read(document) : null;

    public async Task<IReadOnlyList<Device>> ListAsync(TenantId tenant, IReadOnlyCollection<UserId> users, CancellationToken cancellationToken)
    {
        var filter = new BsonDocument { { "tenant", tenant.Value }, { "user", new BsonDocument("$in", new BsonArray(users.Select(user => user.Value))) } };
        return (await context.ListAsync(_devices, filter, new BsonDocument { { "user", 1 }, { "device", 1 } }, limit: null, cancellationToken, Indexes.DeviceByUser)).ConvertAll(Read);
    }

    public Task<bool> DeleteAsync(TenantId tenant, UserId user, string id, CancellationToken cancellationToken) => DeleteAsync(Filter(tenant, user, id), cancellationToken);

    public async Task<bool> RemoveTokenAsync(Device device, bool voip, CancellationToken cancellationToken)
    {
        // Each round somebody else was faster: the other token went, or the device was registered anew.
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var filter = Filter(device.Tenant, device.User, device.Id).Add("updatedAt", device.UpdatedAt.ToBson());
            if (await context.FindAsync(_devices, filter, cancellationToken) is not { } found || Read(found).Address.Without(device.Address, voip) is not { } rest)
            {
                return false;
            }

            var (keys, same) = (rest.Keys().ToArray(), filter.Add("address", found["address"]));
            if (keys.Length == 0 ? await DeleteAsync(same, cancellationToken) : await KeepAsync(same, rest, keys, cancellationToken))
            {
                return keys.Length == 0;
            }
        }

        return false;
    }

    public async Task KeepAccountAsync(Device device, string account, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var filter = Filter(device.Tenant, device.User, device.Id).Add("updatedAt", device.UpdatedAt.ToBson());
            if (await context.FindAsync(_devices, filter, cancellationToken) is not { } found)
            {
                return;
            }

            var address = Read(found).Address with { Account = account };
            if (await KeepAsync(filter.Add("address", found["address"]), address, [.. address.Keys()], cancellationToken))
            {
                return;
            }
        }
    }

    /// <returns>Whether it was as the filter says.</returns>
    private Task<bool> KeepAsync(BsonDocument filter, DeviceAddress address, string[] keys, CancellationToken cancellationToken)
    {
        var update = new BsonDocument("$set", new BsonDocument { { "keys", new BsonArray(keys) }, { "address", JsonSerializer.Serialize(address, CoreJsonContext.Default.DeviceAddress) } });
        return context.RunAsync("change a device's address", async (session, within) => (await _devices.UpdateOneAsync(session, filter, update, cancellationToken: within)).MatchedCount == 1, cancellationToken);
    }

    private Task<bool> DeleteAsync(BsonDocument filter, CancellationToken cancellationToken) => context.RunAsync(
        "delete a device",
        async (session, within) => (await _devices.DeleteOneAsync(session, filter, cancellationToken: within)).DeletedCount == 1,
        cancellationToken);

    private static string Id(TenantId tenant, UserId user, string id) => $"{tenant}/{user}/{id}";

    private static BsonDocument Filter(TenantId tenant, UserId user, string id) => new() { { "_id", Id(tenant, user, id) }, { "tenant", tenant.Value }, { "user", user.Value }, { "device", id } };

    private static Device Read(BsonDocument document) => new(
        new(document.Text("tenant")), new(document.Text("user")), document.Text("device"), JsonSerializer.Deserialize(document.Text("address"), CoreJsonContext.Default.DeviceAddress)!, document.Time("createdAt"), document.Time("updatedAt"));
}
