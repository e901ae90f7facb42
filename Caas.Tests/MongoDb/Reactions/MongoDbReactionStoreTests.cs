using Caas.Adapters.MongoDb.Reactions;
using Caas.Core.Reactions;
using Caas.Tests.Reactions;

namespace Caas.Tests.MongoDb.Reactions;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbReactionStoreTests : ReactionStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IReactionStore CreateStore() => new MongoReactionStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbReactionStoreOnStandInTests : ReactionStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IReactionStore CreateStore() => new MongoReactionStore(_database.CreateContext());
}
