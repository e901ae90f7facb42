using Caas.Adapters.MongoDb.Pins;
using Caas.Core.Pins;
using Caas.Tests.Pins;

namespace Caas.Tests.MongoDb.Pins;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbPinStoreTests : PinStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IPinStore CreateStore() => new MongoPinStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbPinStoreOnStandInTests : PinStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IPinStore CreateStore() => new MongoPinStore(_database.CreateContext());
}
