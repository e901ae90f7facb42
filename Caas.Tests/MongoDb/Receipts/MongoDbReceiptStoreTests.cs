using Caas.Adapters.MongoDb.Conversations;
using Caas.Adapters.MongoDb.Members;
using Caas.Adapters.MongoDb.Receipts;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Receipts;
using Caas.Tests.MongoDb.Entries;
using Caas.Tests.Receipts;

namespace Caas.Tests.MongoDb.Receipts;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbReceiptStoreTests : ReceiptStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IReceiptStore CreateStore() => new MongoReceiptStore(_database.CreateContext());

    protected override IMemberStore CreateMemberStore() => new MongoMemberStore(_database.CreateContext());

    protected override IConversationStore CreateConversationStore() => new MongoConversationStore(_database.CreateContext());

    protected override IEntryStore CreateEntryStore() => _database.CreateEntryStore();
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbReceiptStoreOnStandInTests : ReceiptStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IReceiptStore CreateStore() => new MongoReceiptStore(_database.CreateContext());

    protected override IMemberStore CreateMemberStore() => new MongoMemberStore(_database.CreateContext());

    protected override IConversationStore CreateConversationStore() => new MongoConversationStore(_database.CreateContext());

    protected override IEntryStore CreateEntryStore() => _database.CreateEntryStore();
}
