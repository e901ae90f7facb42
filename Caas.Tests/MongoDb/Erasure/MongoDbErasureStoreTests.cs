using Caas.Adapters.MongoDb;
using Caas.Adapters.MongoDb.Blocks;
using Caas.Adapters.MongoDb.Entries;
using Caas.Adapters.MongoDb.Erasure;
using Caas.Adapters.MongoDb.Events;
using Caas.Adapters.MongoDb.Flags;
using Caas.Adapters.MongoDb.Reactions;
using Caas.Adapters.MongoDb.Users;
using Caas.Core.Blocks;
using Caas.Core.Entries;
using Caas.Core.Erasure;
using Caas.Core.Events;
using Caas.Core.Flags;
using Caas.Core.Reactions;
using Caas.Core.Users;
using Caas.Tests.Erasure;

namespace Caas.Tests.MongoDb.Erasure;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbErasureStoreTests : MongoErasureStoreContract
{
    public MongoDbErasureStoreTests()
        : base(MongoTestDatabase.OnServer)
    {
    }
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbErasureStoreOnStandInTests : MongoErasureStoreContract
{
    public MongoDbErasureStoreOnStandInTests()
        : base(() => MongoTestDatabase.OnStandIn())
    {
    }
}

public abstract class MongoErasureStoreContract : ErasureStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database;

    private protected MongoErasureStoreContract(Func<MongoTestDatabase> open) => _database = open();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _database.DisposeAsync();
    }

    protected override IErasureStore CreateStore() => new MongoErasureStore(_database.CreateContext());

    protected override T Create<T>()
    {
        var context = _database.CreateContext();
        object store = typeof(T) switch
        {
            var type when type == typeof(IUserStore) => new MongoUserStore(context),
            var type when type == typeof(IEntryStore) => new MongoEntryStore(context, new MongoMetrics(), TimeProvider.System),
            var type when type == typeof(IReactionStore) => new MongoReactionStore(context),
            var type when type == typeof(IBlockStore) => new MongoBlockStore(context),
            var type when type == typeof(IDeadLetterStore) => new MongoDeadLetterStore(context),
            var type when type == typeof(IFlagStore) => new MongoFlagStore(context),
            _ => throw new NotSupportedException(typeof(T).Name),
        };
        return (T)store;
    }
}
