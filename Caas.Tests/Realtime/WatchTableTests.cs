using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Realtime.Delivery;
using Xunit;

namespace Caas.Tests.Realtime;

public sealed class WatchTableTests
{
    private readonly WatchTable _table = new();

    [Fact]
    public void Watches_are_found_by_log_however_many_there_are()
    {
        Watch[] watches = [.. Enumerable.Range(0, 4).Select(i => Watch($"room{i}"))];
        for (var count = 0; count < watches.Length; count++)
        {
            Assert.Equal(watches.Take(count).Select(watch => watch.Feed.Log), _table.Keys);
            Assert.Equal(watches.Take(count), _table.Values);
            Assert.All(watches, (watch, i) => Assert.Equal(i < count, _table.TryGetValue(watch.Feed.Log, out var found) && found == watch));
            Assert.True(_table.Set(watches[count]));
            Assert.False(_table.Set(watches[count]));
        }

        for (var count = watches.Length; count > 0; count--)
        {
            Assert.True(_table.ContainsKey(watches[count - 1].Feed.Log));
            Assert.True(_table.Remove(watches[count - 1]));
            Assert.False(_table.Remove(watches[count - 1]));
            Assert.Equal(watches.Take(count - 1), _table.Values);
        }
    }

    [Fact]
    public void Removing_a_watch_leaves_the_one_that_took_its_place()
    {
        var (first, again, other) = (Watch("room"), Watch("room"), Watch("other"));
        Assert.True(_table.Set(first));
        Assert.False(_table.Set(again));
        Assert.False(_table.Remove(first));
        Assert.True(_table.Set(other));
        Assert.False(_table.Set(first));
        Assert.False(_table.Remove(again));
        Assert.Equal([first, other], _table.Values);
    }

    private static Watch Watch(string room) => new(
        Parts.Connection(new FakeCarrier()),
        new(new LogId(Parts.Tenant, room), new FeedContext
        {
            Clock = TimeProvider.System,
            Metrics = Parts.Metrics(),
            ReadAsync = (_, _, _) => Task.FromResult<IReadOnlyList<DeliveredEntry>?>([]),
            Apply = _ => { },
            Resync = _ => { },
        }));
}
