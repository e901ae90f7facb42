using Caas.Adapters.MongoDb.Conversations;
using Caas.Adapters.MongoDb.Members;
using Caas.Adapters.MongoDb.OwnViews;
using Caas.Adapters.MongoDb.Receipts;
using Caas.Core.Conversations;
using Caas.Core.Members;
using Caas.Core.OwnViews;
using Caas.Core.Receipts;
using Caas.Tests.OwnViews;

namespace Caas.Tests.MongoDb.OwnViews;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbOwnViewStoreTests : OwnViewStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IOwnViewStore CreateStore() => new MongoOwnViewStore(_database.CreateContext());

    protected override IConversationStore CreateConversationStore() => new MongoConversationStore(_database.CreateContext());

    protected override IMemberStore CreateMemberStore() => new MongoMemberStore(_database.CreateContext());

    protected override IReceiptStore CreateReceiptStore() => new MongoReceiptStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbOwnViewStoreOnStandInTests : OwnViewStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IOwnViewStore CreateStore() => new MongoOwnViewStore(_database.CreateContext());

    protected override IConversationStore CreateConversationStore() => new MongoConversationStore(_database.CreateContext());

    protected override IMemberStore CreateMemberStore() => new MongoMemberStore(_database.CreateContext());

    protected override IReceiptStore CreateReceiptStore() => new MongoReceiptStore(_database.CreateContext());
}
