using Caas.Adapters.MongoDb;
using Caas.Adapters.MongoDb.Conversations;
using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Exports;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Exports;
using Caas.Tests.Exports;

namespace Caas.Tests.MongoDb.Exports;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbUserTraceStoreTests : UserTraceStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IUserTraceStore CreateStore(int? few, int? stretch) => new MongoUserTraceStore(_database.CreateContext()) { Few = few ?? 1_000, Stretch = stretch ?? 5_000 };

    protected override IConversationStore CreateConversations() => new MongoConversationStore(_database.CreateContext());

    protected override IEntryStore CreateEntries() => new MongoEntryStore(_database.CreateContext(), new MongoMetrics(), TimeProvider.System);
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbUserTraceStoreOnStandInTests : UserTraceStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IUserTraceStore CreateStore(int? few, int? stretch) => new MongoUserTraceStore(_database.CreateContext()) { Few = few ?? 1_000, Stretch = stretch ?? 5_000 };

    protected override IConversationStore CreateConversations() => new MongoConversationStore(_database.CreateContext());

    protected override IEntryStore CreateEntries() => new MongoEntryStore(_database.CreateContext(), new MongoMetrics(), TimeProvider.System);
}
