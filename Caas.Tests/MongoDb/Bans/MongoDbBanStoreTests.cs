using Caas.Adapters.MongoDb.Bans;
using Caas.Core.Bans;
using Caas.Tests.Bans;

namespace Caas.Tests.MongoDb.Bans;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbBanStoreTests : BanStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IBanStore CreateStore() => new MongoBanStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbBanStoreOnStandInTests : BanStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IBanStore CreateStore() => new MongoBanStore(_database.CreateContext());
}
