using Caas.Adapters.MongoDb.Conversations;
using Caas.Adapters.MongoDb.Search;
using Caas.Core.Conversations;
using Caas.Core.Search;
using Caas.Tests.Search;
using Microsoft.Extensions.Options;

namespace Caas.Tests.MongoDb.Search;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbSearchStoreTests : SearchStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ISearchStore CreateStore() => new MongoSearchStore(_database.CreateContext(), Options.Create(new SearchOptions()));

    protected override IConversationStore CreateConversations() => new MongoConversationStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbSearchStoreOnStandInTests : SearchStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ISearchStore CreateStore() => new MongoSearchStore(_database.CreateContext(), Options.Create(new SearchOptions { Longest = TimeSpan.FromSeconds(30) }));

    protected override IConversationStore CreateConversations() => new MongoConversationStore(_database.CreateContext());
}
