using Caas.Adapters.MongoDb.Feed;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Tests.Feed;
using Caas.Tests.MongoDb.Entries;

namespace Caas.Tests.MongoDb.Feed;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbEntrySourceTests : EntrySourceContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IEntrySource CreateSource() => new MongoEntrySource(_database.CreateContext(), TimeProvider.System);

    protected override IEntryStore CreateStore() => _database.CreateEntryStore();
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbEntrySourceOnStandInTests : EntrySourceContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IEntrySource CreateSource() => new MongoEntrySource(_database.CreateContext(), TimeProvider.System);

    protected override IEntryStore CreateStore() => _database.CreateEntryStore();
}
