using Caas.Adapters.Sqlite.Attachments;
using Caas.Core.Attachments;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Attachments;

public sealed class SqliteAttachmentStoreTests : AttachmentStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override (IAttachmentStore Attachments, IAttachmentUseStore Uses) CreateStores() => (new SqliteAttachmentStore(_stores.Open()), new SqliteAttachmentUseStore(_stores.Open()));
}
