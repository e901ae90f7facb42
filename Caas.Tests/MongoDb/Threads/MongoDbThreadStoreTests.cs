using Caas.Adapters.MongoDb;
using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Threads;
using Caas.Core.Entries;
using Caas.Core.Threads;
using Caas.Tests.Threads;

namespace Caas.Tests.MongoDb.Threads;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbThreadStoreTests : ThreadStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override (IEntryStore Entries, IThreadStore Threads) CreateStores() => MongoThreadStores.Create(_database);
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbThreadStoreOnStandInTests : ThreadStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override (IEntryStore Entries, IThreadStore Threads) CreateStores() => MongoThreadStores.Create(_database);
}

internal static class MongoThreadStores
{
    public static (IEntryStore Entries, IThreadStore Threads) Create(MongoTestDatabase database)
    {
        var context = database.CreateContext();
        return (new MongoEntryStore(context, new MongoMetrics(), TimeProvider.System), new MongoThreadStore(context));
    }
}
