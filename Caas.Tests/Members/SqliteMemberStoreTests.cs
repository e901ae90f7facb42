using Caas.Adapters.Sqlite.Conversations;
using Caas.Adapters.Sqlite.Members;
using Caas.Core.Conversations;
using Caas.Core.Members;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Members;

public sealed class SqliteMemberStoreTests : MemberStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IMemberStore CreateStore() => new SqliteMemberStore(_stores.Open());

    protected override IConversationStore CreateConversationStore() => new SqliteConversationStore(_stores.Open());
}
