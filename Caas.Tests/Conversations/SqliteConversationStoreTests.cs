using Caas.Adapters.Sqlite.Conversations;
using Caas.Adapters.Sqlite.Members;
using Caas.Core.Conversations;
using Caas.Core.Members;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Conversations;

public sealed class SqliteConversationStoreTests : ConversationStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IConversationStore CreateStore() => new SqliteConversationStore(_stores.Open());

    protected override IMemberStore CreateMemberStore() => new SqliteMemberStore(_stores.Open());
}
