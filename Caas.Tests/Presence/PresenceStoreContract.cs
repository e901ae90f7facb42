using Caas.Adapters.MongoDb.Presence;
using Caas.Adapters.Sqlite.Presence;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Presence;
using Caas.Tests.MongoDb;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Presence;

/// <summary>What <see cref="IPresenceStore"/> promises. Adapters inherit it.</summary>
public abstract class PresenceStoreContract
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);
    private static readonly TenantId Acme = new("acme");
    private static readonly UserId Alice = new("alice");
    private static readonly UserId Bob = new("bob");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract IPresenceStore CreateStore();

    [Fact]
    public async Task The_latest_time_is_kept_whatever_comes_in_which_order()
    {
        var (one, other) = (CreateStore(), CreateStore());
        Assert.Empty(await one.FindManyAsync(Acme, [Alice], Cancelled));
        await one.SaveSeenAsync([], Cancelled);
        await one.SaveSeenAsync([new(Acme, Alice, At), new(Acme, Bob, At), new(new("rival"), Alice, At.AddDays(1))], Cancelled);
        await other.SaveSeenAsync([new(Acme, Alice, At.AddSeconds(-1)), new(Acme, Bob, At.AddSeconds(1)), new(Acme, Bob, At.AddSeconds(-5))], Cancelled);
        var found = await one.FindManyAsync(Acme, [Bob, Alice, new("nobody")], Cancelled);
        Assert.Equal([new(Alice, At, null), new(Bob, At.AddSeconds(1), null)], found.OrderBy(stored => stored.User.Value));
    }

    [Fact]
    public async Task The_latest_choice_is_kept_beside_it()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var busy = new PresenceChoice(PresenceStatus.Busy, "In \"a\" meeting 📅", At, At.AddHours(1));
        await one.SaveChoiceAsync(Acme, Alice, busy, Cancelled);
        await other.SaveChoiceAsync(Acme, Alice, new(PresenceStatus.Online, null, At.AddSeconds(-1), null), Cancelled);
        Assert.Equal([new(Alice, null, busy)], await other.FindManyAsync(Acme, [Alice], Cancelled));
        await other.SaveSeenAsync([new(Acme, Alice, At), new(Acme, Bob, At)], Cancelled);
        var hidden = new PresenceChoice(PresenceStatus.Invisible, null, At.AddSeconds(1), null);
        await other.SaveChoiceAsync(Acme, Alice, hidden, Cancelled);
        await one.SaveChoiceAsync(Acme, Bob, hidden, Cancelled);
        Assert.Equal([new(Alice, At, hidden), new(Bob, At, hidden)], (await one.FindManyAsync(Acme, [Alice, Bob], Cancelled)).OrderBy(stored => stored.User.Value));
        Assert.Empty(await one.FindManyAsync(new("rival"), [Alice], Cancelled));
    }
}

public sealed class SqlitePresenceStoreTests : PresenceStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override IPresenceStore CreateStore() => new SqlitePresenceStore(_stores.Open(ownWriter: true));
}

public sealed class MongoDbPresenceStoreTests : PresenceStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IPresenceStore CreateStore() => new MongoPresenceStore(_database.CreateContext());
}

public sealed class MongoDbPresenceStoreOnStandInTests : PresenceStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override IPresenceStore CreateStore() => new MongoPresenceStore(_database.CreateContext());
}
