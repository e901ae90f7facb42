using Caas.Adapters.Sqlite.Conversations;
using Caas.Adapters.Sqlite.Entries;
using Caas.Adapters.Sqlite.Members;
using Caas.Adapters.Sqlite.Receipts;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Receipts;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Receipts;

public sealed class SqliteReceiptStoreTests : ReceiptStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IReceiptStore CreateStore() => new SqliteReceiptStore(_stores.Open());

    protected override IMemberStore CreateMemberStore() => new SqliteMemberStore(_stores.Open());

    protected override IConversationStore CreateConversationStore() => new SqliteConversationStore(_stores.Open());

    protected override IEntryStore CreateEntryStore() => new SqliteEntryStore(_stores.Open());
}
