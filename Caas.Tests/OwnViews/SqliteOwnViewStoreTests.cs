using Caas.Adapters.Sqlite.Conversations;
using Caas.Adapters.Sqlite.Members;
using Caas.Adapters.Sqlite.OwnViews;
using Caas.Adapters.Sqlite.Receipts;
using Caas.Core.Conversations;
using Caas.Core.Members;
using Caas.Core.OwnViews;
using Caas.Core.Receipts;
using Caas.Tests.Sqlite;

namespace Caas.Tests.OwnViews;

public sealed class SqliteOwnViewStoreTests : OwnViewStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IOwnViewStore CreateStore() => new SqliteOwnViewStore(_stores.Open());

    protected override IConversationStore CreateConversationStore() => new SqliteConversationStore(_stores.Open());

    protected override IMemberStore CreateMemberStore() => new SqliteMemberStore(_stores.Open());

    protected override IReceiptStore CreateReceiptStore() => new SqliteReceiptStore(_stores.Open());
}
