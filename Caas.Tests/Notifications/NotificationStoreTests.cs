using Caas.Adapters.MongoDb.Notifications;
using Caas.Adapters.MongoDb.Push;
using Caas.Adapters.Sqlite.Notifications;
using Caas.Adapters.Sqlite.Push;
using Caas.Core.Notifications;
using Caas.Core.Push;
using Caas.Tests.MongoDb;
using Caas.Tests.Push;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Notifications;

public sealed class SqliteNotificationStoreTests : NotificationStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override INotificationStore CreateStore() => new SqliteNotificationStore(_stores.Open());
}

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbNotificationStoreTests : NotificationStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override INotificationStore CreateStore() => new MongoNotificationStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbNotificationStoreOnStandInTests : NotificationStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override INotificationStore CreateStore() => new MongoNotificationStore(_database.CreateContext());
}

public sealed class SqlitePushStoreTests : PushStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IPushStore CreateStore() => new SqlitePushStore(_stores.Open());
}

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbPushStoreTests : PushStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IPushStore CreateStore() => new MongoPushStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbPushStoreOnStandInTests : PushStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IPushStore CreateStore() => new MongoPushStore(_database.CreateContext());
}
