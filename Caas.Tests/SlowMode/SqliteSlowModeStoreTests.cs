using Caas.Adapters.Sqlite.SlowMode;
using Caas.Core.SlowMode;
using Caas.Tests.Sqlite;

namespace Caas.Tests.SlowMode;

public sealed class SqliteSlowModeStoreTests : SlowModeStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override ISlowModeStore CreateStore() => new SqliteSlowModeStore(_stores.Open());
}
