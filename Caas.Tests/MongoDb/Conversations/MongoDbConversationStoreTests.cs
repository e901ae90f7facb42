using Caas.Adapters.MongoDb.Conversations;
using Caas.Adapters.MongoDb.Members;
using Caas.Core.Conversations;
using Caas.Core.Members;
using Caas.Tests.Conversations;

namespace Caas.Tests.MongoDb.Conversations;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbConversationStoreTests : ConversationStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IConversationStore CreateStore() => new MongoConversationStore(_database.CreateContext());

    protected override IMemberStore CreateMemberStore() => new MongoMemberStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbConversationStoreOnStandInTests : ConversationStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IConversationStore CreateStore() => new MongoConversationStore(_database.CreateContext());

    protected override IMemberStore CreateMemberStore() => new MongoMemberStore(_database.CreateContext());
}
