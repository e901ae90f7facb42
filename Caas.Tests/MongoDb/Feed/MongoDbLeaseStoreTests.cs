using Caas.Adapters.MongoDb.Feed;
using Caas.Core.Feed;
using Caas.Tests.Feed;
using Microsoft.Extensions.Time.Testing;

namespace Caas.Tests.MongoDb.Feed;

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbLeaseStoreTests : LeaseStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ILeaseStore CreateStore() => new MongoLeaseStore(_database.CreateContext());

    // The server's clock is its own: it has to be waited for.
    protected override Task PassAsync(TimeSpan duration) => Task.Delay(duration, Cancelled);
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbLeaseStoreOnStandInTests : LeaseStoreContract, IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000));
    private readonly MongoTestDatabase _database;

    public MongoDbLeaseStoreOnStandInTests() => _database = MongoTestDatabase.OnStandIn(_clock);

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ILeaseStore CreateStore() => new MongoLeaseStore(_database.CreateContext());

    protected override Task PassAsync(TimeSpan duration)
    {
        _clock.Advance(duration);
        return Task.CompletedTask;
    }
}
