using Caas.Tests.Events;
using Caas.Tests.Feed;

namespace Caas.Tests.Sqlite.Feed;

public sealed class SqliteProjectorTests : ProjectorContract
{
    private protected override FeedStorage CreateStorage() => new SqliteFeedStorage();
}

public sealed class SqliteFeedEventBusTests : FeedEventBusContract
{
    private protected override FeedStorage CreateStorage() => new SqliteFeedStorage();
}
