using Caas.Adapters.MongoDb.Devices;
using Caas.Adapters.Sqlite.Devices;
using Caas.Core.Devices;
using Caas.Tests.MongoDb;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Devices;

public sealed class SqliteDeviceStoreTests : DeviceStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IDeviceStore CreateStore() => new SqliteDeviceStore(_stores.Open());
}

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbDeviceStoreTests : DeviceStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IDeviceStore CreateStore() => new MongoDeviceStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbDeviceStoreOnStandInTests : DeviceStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IDeviceStore CreateStore() => new MongoDeviceStore(_database.CreateContext());
}
