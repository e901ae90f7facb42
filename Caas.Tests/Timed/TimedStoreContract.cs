using Caas.Adapters.MongoDb.Timed;
using Caas.Adapters.Sqlite.Timed;
using Caas.Core.Ids;
using Caas.Core.Timed;
using Caas.Tests.MongoDb;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Timed;

/// <summary>What <see cref="ITimedStore"/> promises. Adapters inherit it.</summary>
public abstract class TimedStoreContract
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimedPlace Room = new(new("acme"), "message", "room");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract ITimedStore CreateStore();

    [Fact]
    public async Task An_item_comes_back_as_it_was_stored_and_is_stored_once()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var item = Item("1", "ann");
        await one.AddAsync(item, Cancelled);
        await other.AddAsync(item with { Body = "{}" }, Cancelled);
        Assert.Equal(item, await other.FindAsync(Room, "1", Cancelled));
        Assert.Null(await one.FindAsync(Room, "2", Cancelled));
        foreach (var place in new[] { Room with { Tenant = new("globex") }, Room with { Kind = "reminder" }, Room with { Name = "room2" } })
        {
            Assert.Null(await one.FindAsync(place, "1", Cancelled));
            Assert.False(await one.DeleteAsync(place, "1", Cancelled));
            Assert.Empty(await one.ListAsync(place, TimedOwner.Everybody, null, 10, Cancelled));
        }

        Assert.True(await other.DeleteAsync(Room, "1", Cancelled));
        Assert.False(await one.DeleteAsync(Room, "1", Cancelled));
    }

    [Fact]
    public async Task Lists_go_by_id_and_hold_one_owners_or_everybodys()
    {
        var store = CreateStore();
        foreach (var (id, owner) in new[] { ("3", "ann"), ("1", "ann"), ("2", null), ("4", "bob"), ("5", "ann") })
        {
            await store.AddAsync(Item(id, owner), Cancelled);
        }

        Assert.Equal(["1", "2", "3"], Ids(await store.ListAsync(Room, TimedOwner.Everybody, null, 3, Cancelled)));
        Assert.Equal(["4", "5"], Ids(await store.ListAsync(Room, TimedOwner.Everybody, "3", 3, Cancelled)));
        Assert.Equal(["3", "5"], Ids(await store.ListAsync(Room, TimedOwner.Of(new("ann")), "1", 10, Cancelled)));
        Assert.Equal(["2"], Ids(await store.ListAsync(Room, TimedOwner.Of(null), null, 10, Cancelled)));
        Assert.Equal(new[] { 5, 3, 0, 1 }, await Task.WhenAll(new[] { TimedOwner.Everybody, TimedOwner.Of(new("ann")), TimedOwner.Of(new("cy")), TimedOwner.Of(null) }.Select(owner => store.CountAsync(Room, owner, Cancelled))));
    }

    [Fact]
    public async Task Due_are_those_that_wait_of_all_tenants_but_those_left_out_the_longest_first()
    {
        var store = CreateStore();
        await store.AddAsync(Item("1", "ann", minute: 2), Cancelled);
        await store.AddAsync(Item("2", "ann", minute: 1) with { Place = Room with { Tenant = new("globex") } }, Cancelled);
        await store.AddAsync(Item("3", "ann", minute: 3), Cancelled);
        await store.AddAsync(Item("4", "ann", minute: 0) with { Waiting = false }, Cancelled);
        await store.AddAsync(Item("5", "ann", minute: 0) with { Place = Room with { Kind = "reminder" } }, Cancelled);
        Assert.Empty(await DueAsync(0));
        Assert.Equal(["2", "1"], Ids(await DueAsync(2)));
        Assert.Equal(["2"], Ids(await DueAsync(9, limit: 1)));
        Assert.Equal(["1", "3"], Ids(await DueAsync(9, except: [new("globex"), new("nobody")])));
        Assert.Empty(await DueAsync(9, except: [new("globex"), new("acme")]));
        Assert.Equal(["5"], Ids(await store.ListDueAsync("reminder", [], Noon, 10, Cancelled)));
        Assert.True(await store.PutOffAsync(Room, "1", Noon.AddMinutes(5), Cancelled));
        Assert.True(await store.PutOffAsync(Room, "3", null, Cancelled));
        Assert.Equal(["2", "1"], Ids(await DueAsync(9)));

        Task<IReadOnlyList<TimedItem>> DueAsync(int minute, int limit = 10, TenantId[]? except = null) => store.ListDueAsync("message", except ?? [], Noon.AddMinutes(minute), limit, Cancelled);
    }

    [Fact]
    public async Task Putting_off_changes_the_time_alone_and_brings_nothing_back()
    {
        var store = CreateStore();
        var read = Item("1", "ann");
        await store.AddAsync(read, Cancelled);
        await store.AddAsync(Item("2", "ann"), Cancelled);
        await store.AddAsync(read with { Place = Room with { Tenant = new("globex") } }, Cancelled);
        var rewritten = read with { Body = """{"a":"rewritten"}""" };
        Assert.True(await store.ReplaceAsync(read, rewritten, Cancelled));
        Assert.True(await store.PutOffAsync(Room, "1", Noon.AddMinutes(5), Cancelled));
        Assert.Equal(rewritten with { DueAt = Noon.AddMinutes(5) }, await store.FindAsync(Room, "1", Cancelled));
        Assert.True(await store.PutOffAsync(Room, "1", null, Cancelled));
        Assert.Equal(rewritten with { DueAt = Noon.AddMinutes(5), Waiting = false }, await store.FindAsync(Room, "1", Cancelled));

        // One that was set aside waits no more for being put off, and one that is gone does not come back.
        Assert.True(await store.PutOffAsync(Room, "1", Noon.AddMinutes(6), Cancelled));
        Assert.False((await store.FindAsync(Room, "1", Cancelled))!.Waiting);
        Assert.Equal(Item("2", "ann"), await store.FindAsync(Room, "2", Cancelled));
        Assert.Equal(Noon, (await store.FindAsync(Room with { Tenant = new("globex") }, "1", Cancelled))!.DueAt);
        await store.DeleteAsync(Room, "1", Cancelled);
        Assert.False(await store.PutOffAsync(Room, "1", Noon, Cancelled));
        Assert.Null(await store.FindAsync(Room, "1", Cancelled));
    }

    [Fact]
    public async Task Only_what_is_still_as_it_was_read_is_replaced()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var read = Item("1", "ann");
        var failed = read with { Waiting = false, Body = """{"a":"failed"}""" };
        await one.AddAsync(read, Cancelled);
        await one.AddAsync(read with { Place = Room with { Name = "room2" } }, Cancelled);
        foreach (var before in new[] { read with { Body = "{}" }, read with { DueAt = Noon.AddMinutes(1) }, read with { Waiting = false }, read with { Id = "2" } })
        {
            Assert.False(await one.ReplaceAsync(before, before with { Body = """{"a":"late"}""" }, Cancelled));
        }

        var wins = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => (n % 2 == 0 ? one : other).ReplaceAsync(read, failed, Cancelled)));
        Assert.Single(wins, true);
        Assert.Equal(failed, await other.FindAsync(Room, "1", Cancelled));
        Assert.True((await one.FindAsync(Room with { Name = "room2" }, "1", Cancelled))!.Waiting);
        await one.DeleteAsync(Room, "1", Cancelled);
        Assert.False(await other.ReplaceAsync(failed, read, Cancelled));
        Assert.Null(await one.FindAsync(Room, "1", Cancelled));
    }

    [Fact]
    public async Task What_is_set_aside_is_found_by_its_time()
    {
        var store = CreateStore();
        await store.AddAsync(Item("1", "ann", minute: 3) with { Waiting = false }, Cancelled);
        await store.AddAsync(Item("2", "bob", minute: 1) with { Waiting = false, Place = Room with { Name = "room2" } }, Cancelled);
        await store.AddAsync(Item("3", "ann", minute: 1), Cancelled);
        await store.AddAsync(Item("4", "ann", minute: 1) with { Waiting = false, Place = Room with { Kind = "reminder" } }, Cancelled);
        await store.AddAsync(Item("5", "ann", minute: 1) with { Waiting = false, Place = Room with { Tenant = new("globex") } }, Cancelled);
        Assert.Equal(["2", "1"], Ids(await store.ListSetAsideAsync(Room.Tenant, "message", Noon.AddMinutes(4), 10, Cancelled)));
        Assert.Equal(["2"], Ids(await store.ListSetAsideAsync(Room.Tenant, "message", Noon.AddMinutes(4), 1, Cancelled)));
        Assert.Equal(["2"], Ids(await store.ListSetAsideAsync(Room.Tenant, "message", Noon.AddMinutes(3), 10, Cancelled)));
    }

    [Fact]
    public async Task A_place_is_emptied_and_others_are_not()
    {
        var store = CreateStore();
        foreach (var place in new[] { Room, Room with { Name = "room2" }, Room with { Kind = "reminder" }, Room with { Tenant = new("globex") } })
        {
            await store.AddAsync(Item("1", "ann") with { Place = place }, Cancelled);
            await store.AddAsync(Item("2", null) with { Place = place, Waiting = false }, Cancelled);
        }

        await store.DeleteAllAsync(Room, Cancelled);
        await store.DeleteAllAsync(Room, Cancelled);
        Assert.Equal(0, await store.CountAsync(Room, TimedOwner.Everybody, Cancelled));
        Assert.Equal((2, 1), ((await store.ListDueAsync("message", [], Noon, 10, Cancelled)).Count, (await store.ListDueAsync("reminder", [], Noon, 10, Cancelled)).Count));
    }

    private static string[] Ids(IEnumerable<TimedItem> items) => [.. items.Select(item => item.Id)];

    private static TimedItem Item(string id, string? owner, int minute = 0) => new(Room, id, owner is null ? null : new UserId(owner), Noon.AddMinutes(minute), Waiting: true, """{"a":"ü"}""");
}

public sealed class SqliteTimedStoreTests : TimedStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override ITimedStore CreateStore() => new SqliteTimedStore(_stores.Open());
}

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbTimedStoreTests : TimedStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ITimedStore CreateStore() => new MongoTimedStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbTimedStoreOnStandInTests : TimedStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ITimedStore CreateStore() => new MongoTimedStore(_database.CreateContext());
}
