using Caas.Adapters.MongoDb.Conversations;
using Caas.Adapters.MongoDb.Members;
using Caas.Core.Conversations;
using Caas.Core.Members;
using Caas.Tests.Members;

namespace Caas.Tests.MongoDb.Members;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbMemberStoreTests : MemberStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IMemberStore CreateStore() => new MongoMemberStore(_database.CreateContext());

    protected override IConversationStore CreateConversationStore() => new MongoConversationStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbMemberStoreOnStandInTests : MemberStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IMemberStore CreateStore() => new MongoMemberStore(_database.CreateContext());

    protected override IConversationStore CreateConversationStore() => new MongoConversationStore(_database.CreateContext());
}
