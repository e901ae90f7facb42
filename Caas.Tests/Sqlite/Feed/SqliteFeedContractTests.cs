using Caas.Adapters.Sqlite.Feed;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Tests.Feed;
using Microsoft.Extensions.Time.Testing;

namespace Caas.Tests.Sqlite.Feed;

public sealed class SqliteFeedStoreTests : FeedStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IFeedStore CreateStore() => new SqliteFeedStore(_stores.Open());
}

public sealed class SqliteFeedStoreOfSeveralProcessesTests : FeedStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IFeedStore CreateStore() => new SqliteFeedStore(_stores.Open(ownWriter: true));
}

public sealed class SqliteLeaseStoreTests : LeaseStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000));

    public void Dispose() => _stores.Dispose();

    protected override ILeaseStore CreateStore() => new SqliteLeaseStore(_stores.Open(ownWriter: true), _clock);

    protected override Task PassAsync(TimeSpan duration)
    {
        _clock.Advance(duration);
        return Task.CompletedTask;
    }
}

public sealed class SqliteDeadLetterStoreTests : DeadLetterStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IDeadLetterStore CreateStore() => new SqliteDeadLetterStore(_stores.Open());
}
