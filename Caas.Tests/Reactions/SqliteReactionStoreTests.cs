using Caas.Adapters.Sqlite.Reactions;
using Caas.Core.Reactions;
using Caas.Tests.Sqlite;

namespace Caas.Tests.Reactions;

public sealed class SqliteReactionStoreTests : ReactionStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IReactionStore CreateStore() => new SqliteReactionStore(_stores.Open());
}
