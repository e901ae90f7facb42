using Caas.Adapters.Sqlite.Blocks;
using Caas.Core.Blocks;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Blocks;

public sealed class SqliteBlockStoreTests : BlockStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IBlockStore CreateStore() => new SqliteBlockStore(_stores.Open());
}
