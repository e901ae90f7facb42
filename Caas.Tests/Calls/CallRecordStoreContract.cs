using Caas.Adapters.MongoDb.Calls;
using Caas.Adapters.Sqlite.Calls;
using Caas.Contracts;
using Caas.Core.Calls;
using Caas.Core.Ids;
using Caas.Tests.MongoDb;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Calls;

/// <summary>What <see cref="ICallRecordStore"/> promises. Adapters inherit it.</summary>
public abstract class CallRecordStoreContract
{
    private static readonly TenantId Acme = new("acme");
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract ICallRecordStore CreateStore();

    [Fact]
    public async Task A_call_comes_back_as_it_was_stored_and_once_it_is_over_it_stays_so()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var open = Call("c1", "room", "ann", "bob");
        await one.SaveAsync(open, Cancelled);
        Assert.Equivalent(open, await other.FindAsync(new(Acme, "c1"), Cancelled), strict: true);
        Assert.Null(await other.FindAsync(new(new("globex"), "c1"), Cancelled));
        await one.SaveAsync(open = open with { AnsweredAt = Noon.AddSeconds(2), KnownAt = Noon.AddSeconds(4), Since = [Noon, null] }, Cancelled);
        Assert.Equivalent(open, await other.FindAsync(new(Acme, "c1"), Cancelled), strict: true);
        var renamed = open with { StartedBy = "nobody", Participants = [new("nobody", CallParticipantState.Joined, 0), open.Participants[1]] };
        await other.SaveAsync(renamed, Cancelled);
        Assert.Equivalent(renamed, await one.FindAsync(new(Acme, "c1"), Cancelled), strict: true);
        var over = open with { EndedAt = Noon.AddSeconds(5), Outcome = CallOutcome.Completed, DurationSeconds = 4, Participants = [.. open.Participants, new("cy", CallParticipantState.Left, 3)] };
        await other.SaveAsync(over, Cancelled);
        await one.SaveAsync(open, Cancelled);
        Assert.Equivalent(over, await one.FindAsync(new(Acme, "c1"), Cancelled), strict: true);
        Assert.Equal(["c1"], Ids(await one.ListAsync(Acme, new("cy"), null, null, 10, Cancelled)));
    }

    [Fact]
    public async Task Lists_go_backwards_and_hold_a_users_a_conversations_or_all()
    {
        var store = CreateStore();
        foreach (var (id, conversation, by, called) in new[] { ("1", "room", "ann", "bob"), ("2", "hall", "bob", "cy"), ("3", "room", "cy", "ann"), ("4", "hall", "ann", "cy") })
        {
            await store.SaveAsync(Call(id, conversation, by, called), Cancelled);
        }

        await store.SaveAsync(Call("5", "room", "ann", "bob") with { Tenant = new("globex") }, Cancelled);
        Assert.Equal(["4", "3", "2", "1"], Ids(await store.ListAsync(Acme, null, null, null, 10, Cancelled)));
        Assert.Equal(["4", "3"], Ids(await store.ListAsync(Acme, new("ann"), null, null, 2, Cancelled)));
        Assert.Equal(["1"], Ids(await store.ListAsync(Acme, new("ann"), null, "3", 2, Cancelled)));
        Assert.Equal(["3", "1"], Ids(await store.ListAsync(Acme, null, new("room"), null, 10, Cancelled)));
        Assert.Equal(["4"], Ids(await store.ListAsync(Acme, new("ann"), new("hall"), null, 10, Cancelled)));
        Assert.Empty(await store.ListAsync(Acme, new("dan"), null, null, 10, Cancelled));
    }

    [Fact]
    public async Task Open_ones_are_found_in_all_tenants_the_longest_first()
    {
        var store = CreateStore();
        await store.SaveAsync(Call("1", "room", "ann") with { StartedAt = Noon.AddSeconds(2) }, Cancelled);
        await store.SaveAsync(Call("2", "room", "ann") with { Tenant = new("globex"), StartedAt = Noon.AddSeconds(1) }, Cancelled);
        await store.SaveAsync(Call("3", "room", "ann") with { EndedAt = Noon, Outcome = CallOutcome.Missed, DurationSeconds = 0 }, Cancelled);
        Assert.Empty(await store.ListOpenAsync(default, Noon.AddSeconds(1), 10, Cancelled));
        Assert.Equal(["2", "1"], Ids(await store.ListOpenAsync(Noon.AddSeconds(1), Noon.AddSeconds(3), 10, Cancelled)));
        Assert.Equal(["2"], Ids(await store.ListOpenAsync(default, Noon.AddSeconds(3), 1, Cancelled)));
        Assert.Equal(["1"], Ids(await store.ListOpenAsync(Noon.AddSeconds(2), Noon.AddSeconds(3), 10, Cancelled)));
    }

    [Fact]
    public async Task Reports_are_added_up_by_whoever_gets_them()
    {
        var (one, other) = (CreateStore(), CreateStore());
        CallKey call = new(Acme, "c1");
        await Task.WhenAll(Enumerable.Range(1, 10).Select(i => (i % 2 == 0 ? one : other).AddReportAsync(
            call, new("bob"), new(1, new(i, i * 2, i * 3, i * 4), new(i, i * 2, i * 3, i * 4), new(1, 0, i % 2, 0), i + 0.5, $"{i}x{i}", Noon.AddSeconds(i)), Cancelled)));
        await one.AddReportAsync(call, new("ann"), new(1, new(1, 1, 1, 0), new(1, 1, 1, 0), new(0, 0, 0, 1), null, null, Noon), Cancelled);
        var rows = await other.ListReportsAsync(call, Cancelled);
        Assert.Equal(["ann", "bob"], rows.Select(row => row.User.Value));
        Assert.Equal((10, new(55, 110, 165, 220), new(10, 20, 30, 4), new CallQualityIssues(10, 0, 5, 0)), (rows[1].Totals.Reports, rows[1].Totals.Sum, rows[1].Totals.Worst, rows[1].Totals.Issues));
        Assert.Equal((null, null, 0), (rows[0].Totals.FrameRate, rows[0].Totals.Resolution, rows[0].Totals.Worst.Bitrate));
        Assert.Empty(await one.ListReportsAsync(new(new("globex"), "c1"), Cancelled));
    }

    private static string[] Ids(IEnumerable<CallRecord> calls) => [.. calls.Select(call => call.Id)];

    private static CallRecord Call(string id, string conversation, string by, params string[] called) =>
        new(Acme, id, new(conversation), CallMedia.Video, by, Noon, null, null, null, [new(by, CallParticipantState.Joined, 0), .. called.Select(user => new CallHistoryParticipant(user, CallParticipantState.Ringing, 0))]);
}

public sealed class SqliteCallRecordStoreTests : CallRecordStoreContract, IDisposable
{
    private readonly SqliteStores _stores = new();

    public void Dispose() => _stores.Dispose();

    protected override ICallRecordStore CreateStore() => new SqliteCallRecordStore(_stores.Open());
}

/// <summary>On the server that <c>CAAS_TEST_MONGODB</c> names.</summary>
public sealed class MongoDbCallRecordStoreTests : CallRecordStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnServer();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ICallRecordStore CreateStore() => new MongoCallRecordStore(_database.CreateContext());
}

/// <summary>The real driver against the stand-in: everywhere, never skipped.</summary>
public sealed class MongoDbCallRecordStoreOnStandInTests : CallRecordStoreContract, IAsyncDisposable
{
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    protected override ICallRecordStore CreateStore() => new MongoCallRecordStore(_database.CreateContext());
}
