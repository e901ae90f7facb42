using Caas.Adapters.MongoDb.Usage;
using Caas.Core.Usage;
using Caas.Tests.Usage;

namespace Caas.Tests.MongoDb.Usage;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbUsageStoreTests : UsageStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IUsageStore CreateStore() => new MongoUsageStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbUsageStoreOnStandInTests : UsageStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IUsageStore CreateStore() => new MongoUsageStore(_database.CreateContext());
}
