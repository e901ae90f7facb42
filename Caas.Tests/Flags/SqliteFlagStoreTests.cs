using Caas.Adapters.Sqlite.Flags;
using Caas.Core.Flags;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Flags;

public sealed class SqliteFlagStoreTests : FlagStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IFlagStore CreateStore() => new SqliteFlagStore(_stores.Open());
}
