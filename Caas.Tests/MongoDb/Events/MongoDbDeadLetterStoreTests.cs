using Caas.Adapters.MongoDb.Events;
using Caas.Core.Events;
using Caas.Tests.Feed;

namespace Caas.Tests.MongoDb.Events;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbDeadLetterStoreTests : DeadLetterStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IDeadLetterStore CreateStore() => new MongoDeadLetterStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbDeadLetterStoreOnStandInTests : DeadLetterStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IDeadLetterStore CreateStore() => new MongoDeadLetterStore(_database.CreateContext());
}
