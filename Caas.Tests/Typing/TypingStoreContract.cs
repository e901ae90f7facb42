using Caas.Core.Entries;
using Caas.Core.Typing;
using Caas.Tests.Redis;
using Xunit;

namespace Caas.Tests.Typing;

/// <summary>What <see cref="ITypingStore"/> promises. Adapters inherit it.</summary>
public abstract class TypingStoreContract
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);
    private static readonly LogId Room = new(new("acme"), "room");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The store as one more process has it.</summary>
    protected abstract Task<ITypingStore> CreateAsync();

    [Fact]
    public async Task Every_process_sees_who_types_in_the_order_in_which_they_began()
    {
        var (one, other) = (await CreateAsync(), await CreateAsync());
        Assert.Empty(await one.ListAsync(Room, Cancelled));
        var (bob, alice) = (new Typist(new("bob"), "Bob \"the\" 👩‍🚀 B.", At.AddMilliseconds(5)), new Typist(new("alice"), "", At));
        await one.StartAsync(Room, bob, Long, Cancelled);
        await other.StartAsync(Room, alice, Long, Cancelled);
        await other.StartAsync(Room, alice, Long, Cancelled);
        Assert.Equal([alice, bob], await one.ListAsync(Room, Cancelled));
        Assert.Equal([alice, bob], await other.ListAsync(Room, Cancelled));
        Assert.Empty(await other.ListAsync(Room with { Tenant = new("rival") }, Cancelled));
        Assert.Empty(await other.ListAsync(Room with { Name = "other" }, Cancelled));
    }

    [Fact]
    public async Task What_stops_is_gone_unless_it_began_later()
    {
        var store = await CreateAsync();
        var bob = new Typist(new("bob"), "Bob", At);
        await store.StopAsync(Room, bob.User, DateTimeOffset.MaxValue, Cancelled);
        await store.StartAsync(Room, bob, Long, Cancelled);
        await store.StopAsync(Room, bob.User, At.AddMilliseconds(-1), Cancelled);
        Assert.Equal([bob], await store.ListAsync(Room, Cancelled));
        await store.StopAsync(Room, bob.User, At, Cancelled);
        Assert.Empty(await store.ListAsync(Room, Cancelled));
        await store.StartAsync(Room, bob, Long, Cancelled);
        await store.StopAsync(Room, bob.User, DateTimeOffset.MaxValue, Cancelled);
        Assert.Empty(await store.ListAsync(Room, Cancelled));
    }

    [Fact]
    public async Task What_is_not_said_again_is_forgotten()
    {
        var store = await CreateAsync();
        await store.StartAsync(Room, new(new("bob"), "Bob", At), Long, Cancelled);
        await store.StartAsync(Room, new(new("alice"), "Alice", At), TimeSpan.FromMilliseconds(50), Cancelled);
        await store.StartAsync(Room, new(new("bob"), "Bob", At), Long, Cancelled);
        await Eventually.HoldsAsync(async () => await store.ListAsync(Room, Cancelled) is [{ User.Value: "bob" }] ? null : "the list is another", Cancelled);
        await store.StopAsync(Room, new("bob"), DateTimeOffset.MaxValue, Cancelled);
        await store.StartAsync(Room, new(new("alice"), "Alice", At), TimeSpan.FromMilliseconds(50), Cancelled);
        await Eventually.HoldsAsync(async () => await store.ListAsync(Room, Cancelled) is [] ? null : "somebody is left", Cancelled);
    }
}

public sealed class LocalTypingStoreTests : TypingStoreContract
{
    private readonly LocalTypingStore _store = new(TimeProvider.System);

    protected override Task<ITypingStore> CreateAsync() => Task.FromResult<ITypingStore>(_store);
}

public sealed class GarnetTypingStoreTests : TypingStoreContract, IAsyncLifetime
{
    private readonly RedisProcesses _processes = new(new GarnetRedis());

    public async ValueTask InitializeAsync() => await _processes.Server.StartAsync();

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override Task<ITypingStore> CreateAsync() => _processes.CreateAsync<ITypingStore>();
}

public sealed class RedisTypingStoreTests : TypingStoreContract, IAsyncLifetime
{
    private readonly RedisProcesses _processes = new(new RealRedis());

    public RedisTypingStoreTests() => RealRedis.SkipUnlessInstalled();

    public async ValueTask InitializeAsync() => await _processes.Server.StartAsync();

    public ValueTask DisposeAsync() => _processes.DisposeAsync();

    protected override Task<ITypingStore> CreateAsync() => _processes.CreateAsync<ITypingStore>();

    [Fact]
    public async Task While_Redis_is_gone_each_process_knows_its_own()
    {
        var (one, other) = (await CreateAsync(), await CreateAsync());
        var (room, bob) = (new LogId(new("acme"), "room"), new Typist(new("bob"), "Bob", DateTimeOffset.UnixEpoch));
        await _processes.Server.KillAsync();
        await one.StartAsync(room, bob, TimeSpan.FromMinutes(5), Cancelled);
        Assert.Equal([bob], await one.ListAsync(room, Cancelled));
        Assert.Empty(await other.ListAsync(room, Cancelled));
    }
}
