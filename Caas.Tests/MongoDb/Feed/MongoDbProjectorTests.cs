using Caas.Tests.Events;
using Caas.Tests.Feed;

namespace Caas.Tests.MongoDb.Feed;

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbProjectorOnStandInTests : ProjectorContract
{
    private protected override FeedStorage CreateStorage() => new MongoFeedStorage();
}

/// <inheritdoc cref="MongoDbProjectorOnStandInTests"/>
public sealed class MongoDbFeedEventBusOnStandInTests : FeedEventBusContract
{
    private protected override FeedStorage CreateStorage() => new MongoFeedStorage();
}
