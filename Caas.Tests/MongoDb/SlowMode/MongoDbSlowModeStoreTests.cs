using Caas.Adapters.MongoDb.SlowMode;
using Caas.Core.SlowMode;
using Caas.Tests.SlowMode;

namespace Caas.Tests.MongoDb.SlowMode;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbSlowModeStoreTests : SlowModeStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ISlowModeStore CreateStore() => new MongoSlowModeStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbSlowModeStoreOnStandInTests : SlowModeStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ISlowModeStore CreateStore() => new MongoSlowModeStore(_database.CreateContext());
}
