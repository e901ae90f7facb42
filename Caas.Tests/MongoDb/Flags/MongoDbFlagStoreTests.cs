using Caas.Adapters.MongoDb.Flags;
using Caas.Core.Flags;
using Caas.Tests.Flags;

namespace Caas.Tests.MongoDb.Flags;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbFlagStoreTests : FlagStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IFlagStore CreateStore() => new MongoFlagStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbFlagStoreOnStandInTests : FlagStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IFlagStore CreateStore() => new MongoFlagStore(_database.CreateContext());
}
