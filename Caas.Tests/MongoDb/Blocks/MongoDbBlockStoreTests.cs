using Caas.Adapters.MongoDb.Blocks;
using Caas.Core.Blocks;
using Caas.Tests.Blocks;

namespace Caas.Tests.MongoDb.Blocks;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbBlockStoreTests : BlockStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IBlockStore CreateStore() => new MongoBlockStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbBlockStoreOnStandInTests : BlockStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IBlockStore CreateStore() => new MongoBlockStore(_database.CreateContext());
}
