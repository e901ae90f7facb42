using Caas.Adapters.Sqlite.Usage;
using Caas.Core.Usage;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Usage;

public sealed class SqliteUsageStoreTests : UsageStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IUsageStore CreateStore() => new SqliteUsageStore(_stores.Open());
}
