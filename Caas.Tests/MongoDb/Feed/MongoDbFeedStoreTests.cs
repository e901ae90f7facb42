using Caas.Adapters.MongoDb.Feed;
using Caas.Core.Feed;
using Caas.Tests.Feed;

namespace Caas.Tests.MongoDb.Feed;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbFeedStoreTests : FeedStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IFeedStore CreateStore() => new MongoFeedStore(_database.CreateContext(), TimeProvider.System);
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbFeedStoreOnStandInTests : FeedStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IFeedStore CreateStore() => new MongoFeedStore(_database.CreateContext(), TimeProvider.System);
}
