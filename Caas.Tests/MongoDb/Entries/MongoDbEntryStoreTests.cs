using Caas.Adapters.MongoDb;
using Caas.Adapters.MongoDb.Entries;
using Caas.Core.Entries;
using Caas.Tests.Entries;
using Caas.Tests.MongoDb.StandIn;
using Xunit;

namespace Caas.Tests.MongoDb.Entries;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbEntryStoreTests : EntryStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IEntryStore CreateStore() => _database.CreateEntryStore();

    protected override IEntryStore CreateFaultyStore(WriteFaults faults)
    {
        Assert.Skip("Faults are injected below the driver on the stand-in only.");
        return CreateStore();
    }
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbEntryStoreOnStandInTests : EntryStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IEntryStore CreateStore() => _database.CreateEntryStore();

    protected override IEntryStore CreateFaultyStore(WriteFaults faults)
    {
        // Its inserts lose their connection before or after they took effect, and its driver does not try again by itself.
        _database.StandIn!.Rule = command => (command.Application, command.Name) != ("faulty", "insert") ? null : faults.Take() switch
        {
            WriteFault.Before => new StandInFault.CutBefore(),
            WriteFault.After => new StandInFault.CutAfter(),
            _ => null,
        };
        return _database.CreateEntryStore(_database.CreateContext(application: "faulty", retryWrites: false));
    }
}

internal static class MongoStores
{
    public static MongoEntryStore CreateEntryStore(this MongoTestDatabase database, MongoContext? context = null) =>
        new(context ?? database.CreateContext(), new MongoMetrics(), TimeProvider.System);
}
