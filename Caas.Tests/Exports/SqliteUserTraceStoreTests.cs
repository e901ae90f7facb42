using Caas.Adapters.Sqlite.Conversations;
using Caas.Adapters.Sqlite.Entries;
using Caas.Adapters.Sqlite.Exports;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Exports;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Exports;

public sealed class SqliteUserTraceStoreTests : UserTraceStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IUserTraceStore CreateStore(int? few, int? stretch) => new SqliteUserTraceStore(_stores.Open()) { Few = few ?? 1_000, Stretch = stretch ?? 5_000 };

    protected override IConversationStore CreateConversations() => new SqliteConversationStore(_stores.Open());

    protected override IEntryStore CreateEntries() => new SqliteEntryStore(_stores.Open());
}
