using Caas.Adapters.Sqlite.Pins;
using Caas.Core.Pins;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Pins;

public sealed class SqlitePinStoreTests : PinStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IPinStore CreateStore() => new SqlitePinStore(_stores.Open());
}
