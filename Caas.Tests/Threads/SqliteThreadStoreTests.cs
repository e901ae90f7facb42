using Caas.Adapters.Sqlite.Entries;
using Caas.Adapters.Sqlite.Threads;
using Caas.Core.Entries;
using Caas.Core.Threads;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Threads;

public sealed class SqliteThreadStoreTests : ThreadStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override (IEntryStore Entries, IThreadStore Threads) CreateStores()
    {
        var database = _stores.Open();
        return (new SqliteEntryStore(database), new SqliteThreadStore(database));
    }
}
