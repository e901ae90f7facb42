using Caas.Adapters.Sqlite.Bans;
using Caas.Core.Bans;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Bans;

public sealed class SqliteBanStoreTests : BanStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IBanStore CreateStore() => new SqliteBanStore(_stores.Open());
}
