using Caas.Adapters.MongoDb.Attachments;
using Caas.Core.Attachments;
using Caas.Tests.Attachments;

namespace Caas.Tests.MongoDb.Attachments;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbAttachmentStoreTests : AttachmentStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override (IAttachmentStore Attachments, IAttachmentUseStore Uses) CreateStores() => (new MongoAttachmentStore(_database.CreateContext()), new MongoAttachmentUseStore(_database.CreateContext()));
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbAttachmentStoreOnStandInTests : AttachmentStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override (IAttachmentStore Attachments, IAttachmentUseStore Uses) CreateStores() => (new MongoAttachmentStore(_database.CreateContext()), new MongoAttachmentUseStore(_database.CreateContext()));
}
