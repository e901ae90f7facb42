using Caas.Adapters.MongoDb;
using Caas.Core.Entries;
using Caas.Tests.MongoDb.StandIn;
using MongoDB.Bson;
using Xunit;
using static Caas.Tests.Entries.Drafts;

namespace Caas.Tests.MongoDb.Entries;

/// <summary>What goes wrong below the driver: nothing is lost, doubled, guessed, or acknowledged before a majority has it.</summary>
public sealed class EntryFaultTests : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);
    private readonly MongoTestDatabase _database = MongoTestDatabase.OnStandIn();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private StandInServer Server => _database.StandIn!;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_lost_connection_is_tried_again_by_the_driver_and_stored_once(bool afterItTookEffect)
    {
        var store = _database.CreateEntryStore();
        await store.AppendAsync([Message(Log(), "1")], Cancelled);
        _ = Server.Next("insert", afterItTookEffect ? new StandInFault.CutAfter() : new StandInFault.CutBefore());
        Assert.Equal([AppendStatus.Appended, AppendStatus.Appended], (await store.AppendAsync([Message(Log(), "2"), Message(Log(), "3")], Cancelled)).Select(outcome => outcome.Status));
        var inserts = Server.Commands.Where(command => command.Name == "insert").TakeLast(2).ToList();
        Assert.Equal(inserts[0].Transaction, inserts[1].Transaction);
        await AssertLogAsync("1", "2", "3");
    }

    [Theory]
    [InlineData("cut before")]
    [InlineData("cut after")]
    [InlineData("write concern")]
    [InlineData("not primary")]
    [InlineData("interrupted")]
    public async Task An_unknown_outcome_is_said_to_be_unknown_and_the_same_drafts_settle_it(string kind)
    {
        var store = _database.CreateEntryStore(_database.CreateContext(application: "plain", retryWrites: false));
        await store.AppendAsync([Message(Log(), "1")], Cancelled);
        EntryDraft[] drafts = [Message(Log(), "2"), Message(Log(), "3"), Message(Log("other"), "1")];
        StandInFault fault = kind switch
        {
            "cut before" => new StandInFault.CutBefore(),
            "cut after" => new StandInFault.CutAfter(),
            "write concern" => StandInFault.WriteConcernError(),
            "not primary" => StandInFault.Fail(StandInError.NotWritablePrimary()),
            _ => StandInFault.Fail(new(11601, "Interrupted", "operation was interrupted")),
        };
        _ = Server.Next(command => command.Name == "insert" && command.Body["documents"][0]["log"] == "general", fault);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync(drafts, Cancelled).WaitAsync(Bound, Cancelled));

        await _database.CreateEntryStore().AppendAsync([Message(Log(), "between")], Cancelled);
        var outcomes = await store.AppendAsync(drafts, Cancelled).WaitAsync(Bound, Cancelled);
        Assert.Equal(drafts.Select(draft => draft.Id), outcomes.Select(outcome => outcome.Entry!.Id));
        Assert.Equal(kind is "cut after" or "write concern" ? AppendStatus.Duplicate : AppendStatus.Appended, outcomes[0].Status);
        Assert.Equal(AppendStatus.Duplicate, outcomes[2].Status);
        await store.AppendAsync([Message(Log(), "4")], Cancelled);
        await AssertLogAsync(kind is "cut after" or "write concern" ? ["1", "2", "3", "between", "4"] : ["1", "between", "2", "3", "4"]);
    }

    [Fact]
    public async Task A_write_that_arrives_after_its_caller_gave_up_is_not_stored_twice()
    {
        var store = _database.CreateEntryStore(_database.CreateContext(new() { OperationTimeout = TimeSpan.FromSeconds(2) }, application: "hasty"));
        await store.AppendAsync([Message(Log(), "1")], Cancelled);
        var arrive = new TaskCompletionSource();
        _ = Server.Next("insert", new StandInFault.Hold(arrive.Task));
        EntryDraft[] drafts = [Message(Log(), "2"), Message(Log(), "3")];
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync(drafts, Cancelled).WaitAsync(Bound, Cancelled));
        await store.AppendAsync([Message(Log(), "later")], Cancelled).WaitAsync(Bound, Cancelled);
        arrive.SetResult();
        await store.AppendAsync(drafts, Cancelled).WaitAsync(Bound, Cancelled);
        await AssertLogAsync("1", "later", "2", "3");
    }

    [Theory]
    [InlineData("E11000 duplicate key error, told in another way")]
    [InlineData("E11000 duplicate key error collection: x index: some_other_name dup key: {}")]
    public async Task Without_knowing_which_index_refused_it_reads_both(string message)
    {
        var (one, other) = (_database.CreateEntryStore(), _database.CreateEntryStore());
        await one.AppendAsync([Message(Log(), "1")], Cancelled);
        await other.AppendAsync([Message(Log(), "2")], Cancelled);
        Server.Rule = command => command.Name != "insert" ? null : new StandInFault.Change(reply =>
        {
            foreach (var error in reply.GetValue("writeErrors", new BsonArray()).AsBsonArray)
            {
                error["errmsg"] = message;
            }
        });
        var outcomes = await one.AppendAsync([Message(Log(), "3"), Message(Log(), "2"), Message(Log(), "4"), Message(Log(), "1", "other"), Message(Log(), "5")], Cancelled);
        Assert.Equal([AppendStatus.Appended, AppendStatus.Duplicate, AppendStatus.Appended, AppendStatus.ClientIdReused, AppendStatus.Appended], outcomes.Select(outcome => outcome.Status));
        await AssertLogAsync("1", "2", "3", "4", "5");
    }

    [Fact]
    public async Task An_entry_id_that_stands_for_another_client_id_is_a_fault_of_ours_and_blocks_nobody()
    {
        var store = _database.CreateEntryStore();
        var first = Message(Log(), "1");
        await store.AppendAsync([first], Cancelled);
        var wrong = store.AppendAsync([Message(Log(), "2") with { Id = first.Id }], Cancelled);
        await Assert.ThrowsAsync<InvalidOperationException>(() => wrong.WaitAsync(Bound, Cancelled));
        await store.AppendAsync([Message(Log(), "3")], Cancelled);
        await AssertLogAsync("1", "3");
    }

    [Fact]
    public async Task Nothing_is_acknowledged_or_read_before_a_majority_has_it()
    {
        var (store, reader) = (_database.CreateEntryStore(), _database.CreateEntryStore());
        await store.AppendAsync([Message(Log(), "1")], Cancelled);
        await reader.ReadTailAsync(Log(), Cancelled);
        Server.Data.HoldMajority();
        var appending = store.AppendAsync([Message(Log(), "2")], Cancelled);
        await UntilStoredAsync(2);
        Assert.False(appending.IsCompleted);
        Assert.Equal(1, (await reader.ReadTailAsync(Log(), Cancelled)).Seq);
        Server.Data.ReleaseMajority();
        Assert.Equal(2, (await appending.WaitAsync(Bound, Cancelled))[0].Entry!.Seq);
    }

    [Fact]
    public async Task Without_a_majority_it_is_unavailable_and_afterwards_the_same_drafts_settle_it()
    {
        var hasty = new MongoStoreOptions { ServerTimeout = TimeSpan.FromMilliseconds(300) };
        var (store, other) = (_database.CreateEntryStore(_database.CreateContext(hasty)), _database.CreateEntryStore(_database.CreateContext(hasty)));
        await store.AppendAsync([Message(Log(), "1")], Cancelled);
        await other.AppendAsync([Message(Log("warm"), "1")], Cancelled);
        Server.Data.HoldMajority();
        EntryDraft[] drafts = [Message(Log(), "2"), Message(Log(), "3")];
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync(drafts, Cancelled).WaitAsync(Bound, Cancelled));

        // Who collides with what no majority has may not build on it.
        await Assert.ThrowsAsync<StoreUnavailableException>(() => other.AppendAsync([Message(Log(), "theirs")], Cancelled).WaitAsync(Bound, Cancelled));
        Server.Data.ReleaseMajority();
        Assert.All(await store.AppendAsync(drafts, Cancelled).WaitAsync(Bound, Cancelled), outcome => Assert.Equal(AppendStatus.Duplicate, outcome.Status));
        await other.AppendAsync([Message(Log(), "4")], Cancelled);
        await AssertLogAsync("1", "2", "3", "4");
    }

    [Theory]
    [InlineData("insert")]
    [InlineData("find")]
    public async Task A_failover_that_rolls_back_a_place_leaves_no_hole_behind_it(string waitsIn)
    {
        var (one, other) = (_database.CreateEntryStore(_database.CreateContext(application: "one")), _database.CreateEntryStore(_database.CreateContext(application: "other")));
        await one.AppendAsync([Message(Log(), "1")], Cancelled);
        await other.AppendAsync([Message(Log(), "2")], Cancelled);
        Server.Data.HoldMajority();
        var rolledBack = one.AppendAsync([Message(Log(), "3")], Cancelled);
        await UntilStoredAsync(3);
        Server.ClearCommands();
        if (waitsIn == "find")
        {
            // A refusal that does not wait for a majority itself.
            var error = new BsonDocument { { "index", 0 }, { "code", 11000 }, { "errmsg", "E11000 duplicate key error collection: c index: tenant_log_seq dup key: {}" } };
            _ = Server.Next("insert", new StandInFault.Answer(new() { { "ok", 1 }, { "n", 0 }, { "writeErrors", new BsonArray { error } } }));
        }

        var colliding = other.AppendAsync([Message(Log(), "4"), Message(Log(), "5")], Cancelled);
        await Eventually.HoldsAsync(() => Server.Commands.Any(command => command.Application == "other" && command.Name == waitsIn), $"the other one does not wait in {waitsIn}", Cancelled);
        Assert.False(colliding.IsCompleted);

        Server.Data.RollBack();
        await Task.WhenAll(rolledBack, colliding).WaitAsync(Bound, Cancelled);
        Assert.Equal(["1", "2", "3", "4", "5"], (await AssertDenseAsync()).Order());
    }

    [Fact]
    public async Task What_was_inserted_before_a_refusal_in_a_batch_is_acknowledged_only_when_a_majority_has_it()
    {
        // A router leaves out the write concern's error of an ordered insert that was refused in part.
        Server.Rule = command => command.Name == "insert" ? new StandInFault.Change(reply => reply.Remove("writeConcernError")) : null;
        var store = _database.CreateEntryStore(_database.CreateContext(new() { ServerTimeout = TimeSpan.FromMilliseconds(300) }));
        await store.AppendAsync([Message(Log(), "1")], Cancelled);
        Server.Data.HoldMajority();
        EntryDraft[] drafts = [Message(Log(), "2"), Message(Log(), "1"), Message(Log(), "3")];
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync(drafts, Cancelled).WaitAsync(Bound, Cancelled));
        Server.Data.RollBack();
        Assert.Equal([AppendStatus.Appended, AppendStatus.Duplicate, AppendStatus.Appended], (await store.AppendAsync(drafts, Cancelled).WaitAsync(Bound, Cancelled)).Select(outcome => outcome.Status));
        await AssertLogAsync("1", "2", "3");
    }

    [Fact]
    public async Task A_log_that_fails_does_not_hold_up_or_fail_the_drafts_that_come_after()
    {
        var store = _database.CreateEntryStore(_database.CreateContext(application: "plain", retryWrites: false));
        await store.AppendAsync([Message(Log(), "1")], Cancelled);
        var go = new TaskCompletionSource();
        var held = Server.Next("insert", new StandInFault.Hold(go.Task));
        var first = store.AppendAsync([Message(Log(), "2")], Cancelled);
        await held.WaitAsync(Bound, Cancelled);
        _ = Server.Next("insert", new StandInFault.CutBefore());
        var second = store.AppendAsync([Message(Log(), "3")], Cancelled);
        var third = store.AppendAsync([Message(Log(), "4")], Cancelled);
        go.SetResult();
        await first.WaitAsync(Bound, Cancelled);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => second.WaitAsync(Bound, Cancelled));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => third.WaitAsync(Bound, Cancelled));
        await store.AppendAsync([Message(Log(), "5")], Cancelled).WaitAsync(Bound, Cancelled);
        await AssertLogAsync("1", "2", "5");
    }

    [Fact]
    public async Task What_waits_while_a_write_is_under_way_goes_together_and_what_was_given_up_is_not_sent()
    {
        var store = _database.CreateEntryStore();
        await store.AppendAsync([Message(Log(), "1")], Cancelled);
        var go = new TaskCompletionSource();
        var held = Server.Next("insert", new StandInFault.Hold(go.Task));
        var first = store.AppendAsync([Message(Log(), "2")], Cancelled);
        await held.WaitAsync(Bound, Cancelled);
        using var given = new CancellationTokenSource();
        var waiting = Enumerable.Range(3, 20).Select(n => store.AppendAsync([Message(Log(), $"{n}")], Cancelled)).ToList();
        var givenUp = store.AppendAsync([Message(Log(), "given up")], given.Token);
        await given.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        go.SetResult();
        await Task.WhenAll([first, .. waiting]).WaitAsync(Bound, Cancelled);
        Assert.Equal(20, Server.Commands.Last(command => command.Name == "insert").Body["documents"].AsBsonArray.Count);
        await AssertLogAsync([.. Enumerable.Range(1, 22).Select(n => $"{n}")]);
    }

    [Fact]
    public async Task Indexes_that_could_not_be_created_are_tried_again_before_anything_is_written()
    {
        var store = _database.CreateEntryStore(_database.CreateContext(new() { StartTimeout = TimeSpan.FromMilliseconds(100), OperationTimeout = TimeSpan.FromSeconds(30) }));
        Server.Rule = command => command.Name == "createIndexes" ? StandInFault.Fail(new(13, "Unauthorized", "not authorized")) : null;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync([Message(Log(), "1")], Cancelled).WaitAsync(Bound, Cancelled));
        Assert.DoesNotContain(Server.Commands, command => command.Name == "insert");
        Server.Rule = null;
        await store.AppendAsync([Message(Log(), "1")], Cancelled).WaitAsync(Bound, Cancelled);
        await AssertLogAsync("1");
    }

    [Fact]
    public async Task Remembered_tails_are_bounded_and_forgetting_one_costs_a_read()
    {
        var store = _database.CreateEntryStore(_database.CreateContext(new() { RememberedTails = 5 }));
        for (var n = 0; n < 40; n++)
        {
            await store.AppendAsync([Message(Log($"c{n}"), "1")], Cancelled);
        }

        Assert.InRange(store.RememberedLogs, 5, 6);
        Server.ClearCommands();
        Assert.Equal(2, (await store.AppendAsync([Message(Log("c39"), "2")], Cancelled))[0].Entry!.Seq);
        Assert.Equal(2, (await store.AppendAsync([Message(Log("c0"), "2")], Cancelled))[0].Entry!.Seq);
        Assert.Equal(["insert", "find", "insert"], Server.Commands.Select(command => command.Name));
    }

    [Fact]
    public async Task Of_two_who_send_without_a_pause_over_a_network_each_gets_its_share()
    {
        // As over a network: an insert and its refusal are answered when a majority has what is stored, so who has written writes again before one who must read the tail first.
        (Server.Data.Time.Lag, Server.Latency) = (TimeSpan.FromMilliseconds(6), _ => (TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(1)));
        var stores = new[] { _database.CreateEntryStore(), _database.CreateEntryStore() };
        var (taken, shares) = (0, new int[2]);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (int n; (n = Interlocked.Increment(ref taken)) <= 800;)
            {
                await stores[writer % 2].AppendAsync([Message(Log(), $"{n}")], Cancelled);
                Interlocked.Increment(ref shares[writer % 2]);
            }
        }, Cancelled))).WaitAsync(Bound, Cancelled);
        Server.Latency = null;
        await AssertDenseAsync();
        Assert.All(shares, share => Assert.InRange(share, 240, 560));
    }

    /// <summary>Waits until the primary has this many entries of the log, committed or not.</summary>
    private Task UntilStoredAsync(int count) => Eventually.HoldsAsync(() =>
    {
        lock (Server.Data.Gate)
        {
            return Server.Data.Live($"{_database.Name}.entries").All.Count(document => document["log"] == "general") == count;
        }
    }, $"the primary has not {count} entries", Cancelled);

    private async Task<List<string>> AssertDenseAsync()
    {
        var entries = await _database.CreateEntryStore().ReadAfterAsync(Log(), 0, 10_000, Cancelled);
        Assert.Equal(Enumerable.Range(1, entries.Count).Select(seq => (long)seq), entries.Select(entry => entry.Seq));
        return [.. entries.Select(entry => entry.ClientMessageId)];
    }

    private async Task AssertLogAsync(params string[] clientIds)
    {
        Server.Rule = null;
        Assert.Equal(clientIds, await AssertDenseAsync());
    }
}
