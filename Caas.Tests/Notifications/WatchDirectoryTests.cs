using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Notifications;
using Caas.Tests.Redis;
using Xunit;

namespace Caas.Tests.Notifications;

/// <summary>What <see cref="IWatchDirectory"/> promises. Adapters inherit it.</summary>
public abstract class WatchDirectoryContract
{
    private static readonly LogId Room = new(new("acme"), "room");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A directory of another process each time, and the replicas that live.</summary>
    protected abstract Task<IWatchDirectory> CreateAsync(params string[] replicas);

    [Fact]
    public async Task Who_watches_on_any_replica_is_known_everywhere_until_the_last_one_ends()
    {
        var one = await CreateAsync("one", "two");
        Assert.Empty(await one.ReadAsync(Room, Cancelled));
        await one.SetAsync("one", [Watch("ann"), Watch("bob"), new(new(new("globex"), "room"), new("eve"), true)], Cancelled);
        await one.SetAsync("two", [Watch("ann"), Watch("ann")], Cancelled);
        Assert.Equal(["ann", "bob"], await NamesAsync(one));
        await one.SetAsync("one", [Watch("ann", false), Watch("bob", false)], Cancelled);
        Assert.Equal(["ann"], await NamesAsync(one));
        await one.SetAsync("two", [Watch("ann", false), Watch("cid", false)], Cancelled);
        Assert.Empty(await one.ReadAsync(Room, Cancelled));
    }

    protected static UserWatch Watch(string user, bool watching = true) => new(Room, new(user), watching);

    protected static async Task<IEnumerable<string>> NamesAsync(IWatchDirectory directory) => (await directory.ReadAsync(Room, Cancelled)).Select(user => user.Value).Order(StringComparer.Ordinal);
}

public sealed class LocalWatchDirectoryTests : WatchDirectoryContract
{
    protected override Task<IWatchDirectory> CreateAsync(params string[] replicas) => Task.FromResult<IWatchDirectory>(new LocalWatchDirectory());
}

public abstract class RedisWatchDirectoryContract(RedisServer server) : WatchDirectoryContract, IAsyncLifetime
{
    private readonly RedisProcesses _processes = new(server);

    public async ValueTask InitializeAsync() => await _processes.Server.StartAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return _processes.DisposeAsync();
    }

    [Fact]
    public async Task What_a_replica_said_that_lives_no_more_does_not_count_and_without_Redis_nobody_watches()
    {
        var directory = await CreateAsync("one");
        await directory.SetAsync("dead", [Watch("ann")], Cancelled);
        await directory.SetAsync("one", [Watch("bob")], Cancelled);
        Assert.Equal(["bob"], await NamesAsync(directory));
        await _processes.Server.KillAsync();
        await Eventually.HoldsAsync(async () => (await NamesAsync(directory)).Any() ? "somebody watches" : null, Cancelled);
        Assert.False(await directory.SetAsync("one", [Watch("cid")], Cancelled));
        Assert.True(await directory.IsKeptAsync("one", Cancelled));
    }

    [Fact]
    public async Task A_replica_is_asked_once_to_say_all_of_it_again_when_Redis_was_emptied()
    {
        var directory = await CreateAsync("one", "two");
        Assert.Equal((false, true, false), (await directory.IsKeptAsync("one", Cancelled), await directory.IsKeptAsync("one", Cancelled), await directory.IsKeptAsync("two", Cancelled)));
        Assert.True(await directory.SetAsync("one", [Watch("ann")], Cancelled));
        await _processes.Server.KillAsync();
        await _processes.Server.StartAsync();
        await Eventually.HoldsAsync(async () => await directory.IsKeptAsync("one", Cancelled) ? "it is said to be kept" : null, Cancelled);
        Assert.True(await directory.IsKeptAsync("one", Cancelled));
        Assert.Empty(await NamesAsync(directory));
    }

    protected override async Task<IWatchDirectory> CreateAsync(params string[] replicas)
    {
        var alive = await _processes.CreateAsync<IReplicaDirectory>();
        foreach (var replica in replicas)
        {
            await alive.AnnounceAsync(new(replica, "http://localhost", 0), TimeSpan.FromMinutes(1), Cancelled);
        }

        return await _processes.CreateAsync<IWatchDirectory>();
    }
}

public sealed class GarnetWatchDirectoryTests() : RedisWatchDirectoryContract(new GarnetRedis());

public sealed class RedisWatchDirectoryTests : RedisWatchDirectoryContract
{
    public RedisWatchDirectoryTests()
        : base(new RealRedis()) => RealRedis.SkipUnlessInstalled();
}
