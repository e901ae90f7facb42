using System.Globalization;
using Caas.Core.Entries;
using Xunit;
using static Caas.Tests.Entries.Drafts;

namespace Caas.Tests.Entries;

/// <summary>What <see cref="IEntryStore"/> promises about appending. Adapters inherit it, and with it <see cref="EntryReadContract"/>.</summary>
public abstract class EntryStoreContract : EntryReadContract
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(3);

    /// <summary>A store over the test's database whose writes fail below the port, at the driver, as <paramref name="faults"/> says.</summary>
    protected abstract IEntryStore CreateFaultyStore(WriteFaults faults);

    [Fact]
    public async Task Seqs_are_dense_from_1_and_message_numbers_count_messages_only()
    {
        var store = CreateStore();
        var log = Log();
        var outcomes = await store.AppendAsync([Change(log, "1"), Message(log, "2"), Message(log, "3"), Change(log, "4", target: 2)], Cancelled);
        outcomes = [.. outcomes, .. await store.AppendAsync([Message(log, "5")], Cancelled)];
        Assert.All(outcomes, outcome => Assert.Equal(AppendStatus.Appended, outcome.Status));
        Assert.Equal([(1, 0, 0), (2, 1, 2), (3, 2, 3), (4, 2, 0), (5, 3, 5)], outcomes.Select(outcome => (outcome.Entry!.Seq, outcome.Entry.MessageNo, outcome.Entry.Rev)));
        Assert.Equal(new LogTail(5, 3), await store.ReadTailAsync(log, Cancelled));
    }

    [Fact]
    public async Task Logs_of_one_call_each_have_their_own_seqs()
    {
        var store = CreateStore();
        var (one, two, user) = (Log("one"), Log("two"), LogId.OfUser(Acme, new("one")));
        var outcomes = await store.AppendAsync([Message(one, "1"), Message(two, "1"), Change(user, "1"), Message(one, "2"), Message(two, "2"), Message(one, "3")], Cancelled);
        Assert.Equal([1, 1, 1, 2, 2, 3], outcomes.Select(outcome => outcome.Entry!.Seq));
        Assert.Equal(["1", "2", "3"], (await store.ReadAfterAsync(one, 0, 10, Cancelled)).Select(entry => entry.ClientMessageId));
        Assert.Equal(["1", "2"], (await store.ReadAfterAsync(two, 0, 10, Cancelled)).Select(entry => entry.ClientMessageId));
        Assert.Single(await store.ReadAfterAsync(user, 0, 10, Cancelled));
    }

    [Fact]
    public async Task An_empty_call_is_nothing() => Assert.Empty(await CreateStore().AppendAsync([], Cancelled));

    [Fact]
    public async Task The_same_call_again_gives_the_first_entry_and_stores_nothing()
    {
        var log = Log();
        var first = Assert.Single(await CreateStore().AppendAsync([Message(log, "m1", "hello")], Cancelled));
        var again = Assert.Single(await CreateStore().AppendAsync([Message(log, "m1", "hello") with { At = Noon.AddHours(1) }], Cancelled));
        Assert.Equal(AppendStatus.Duplicate, again.Status);
        Assert.Equal(Shown(first.Entry), Shown(again.Entry));
        Assert.Equal(1, (await CreateStore().ReadTailAsync(log, Cancelled)).Seq);
    }

    [Fact]
    public async Task The_same_client_id_for_other_content_is_refused()
    {
        var store = CreateStore();
        var log = Log();
        await store.AppendAsync([Message(log, "m1", "hello")], Cancelled);
        var reused = Assert.Single(await store.AppendAsync([Message(log, "m1", "good bye")], Cancelled));
        Assert.Equal(new AppendOutcome(AppendStatus.ClientIdReused, null), reused);
        Assert.Equal("hello", Assert.Single(await store.ReadAfterAsync(log, 0, 10, Cancelled)).Message!.Text);
    }

    [Fact]
    public async Task Client_ids_belong_to_one_actor_of_one_log_and_the_backend_is_an_actor_too()
    {
        var store = CreateStore();
        EntryDraft[] drafts =
        [
            Message(Log("one"), "m1", "a", "ann"),
            Message(Log("one"), "m1", "b", "bob"),
            Message(Log("one"), "m1", "c", actor: null),
            Message(Log("two"), "m1", "d", "ann"),
            Message(Log("one", Globex), "m1", "e", "ann"),
            Message(Log("one"), "M1", "f", "ann"),
        ];
        Assert.All(await store.AppendAsync(drafts, Cancelled), outcome => Assert.Equal(AppendStatus.Appended, outcome.Status));
        Assert.All(await CreateStore().AppendAsync(drafts, Cancelled), outcome => Assert.Equal(AppendStatus.Duplicate, outcome.Status));
        Assert.Equal(AppendStatus.ClientIdReused, Assert.Single(await store.AppendAsync([Message(Log("one"), "m1", "other", actor: null)], Cancelled)).Status);
    }

    [Fact]
    public async Task A_refused_draft_in_the_middle_of_a_batch_leaves_no_hole()
    {
        var store = CreateStore();
        var log = Log();
        await store.AppendAsync([Message(log, "seen")], Cancelled);
        var outcomes = await CreateStore().AppendAsync(
            [Message(log, "a"), Message(log, "seen"), Message(log, "b"), Message(log, "seen", "other"), Message(log, "a"), Change(log, "first") with { OnlyFirst = true }, Message(log, "c")],
            Cancelled);
        Assert.Equal(
            [AppendStatus.Appended, AppendStatus.Duplicate, AppendStatus.Appended, AppendStatus.ClientIdReused, AppendStatus.Duplicate, AppendStatus.LogExists, AppendStatus.Appended],
            outcomes.Select(outcome => outcome.Status));
        Assert.Equal([2, 1, 3, 2, 4], outcomes.Where(outcome => outcome.Entry is not null).Select(outcome => outcome.Entry!.Seq));
        await AssertDenseAsync(log, 4);
        Assert.Equal(new LogTail(4, 4), await CreateStore().ReadTailAsync(log, Cancelled));
    }

    [Fact]
    public async Task The_same_client_id_from_two_instances_at_once_gives_one_entry()
    {
        var stores = new[] { CreateStore(), CreateStore() };
        var log = Log();
        for (var round = 0; round < 25; round++)
        {
            var clientId = round.ToString(CultureInfo.InvariantCulture);
            var outcomes = await InParallelAsync(4, n => stores[n % 2].AppendAsync([Message(log, clientId), Message(log, $"{clientId} of {n}")], Cancelled));
            Assert.Single(outcomes, outcome => outcome[0].Status == AppendStatus.Appended);
            Assert.Equal(3, outcomes.Count(outcome => outcome[0].Status == AppendStatus.Duplicate));
            Assert.Single(outcomes.Select(outcome => Shown(outcome[0].Entry)).Distinct());
        }

        await AssertDenseAsync(log, 25 * 5);
    }

    [Fact]
    public async Task An_entry_is_found_by_its_actor_and_client_id_alone()
    {
        var store = CreateStore();
        var log = Log();
        var sent = (await store.AppendAsync([Message(log, "m1", "hello"), Message(log, "m2", "other"), Message(Log(), "m1", "elsewhere")], Cancelled))[0].Entry!;
        Assert.Equal(sent.Id, (await CreateStore().FindByClientIdAsync(log, sent.ActorId, "m1", Cancelled))!.Id);
        Assert.Null(await store.FindByClientIdAsync(log, sent.ActorId, "m3", Cancelled));
        Assert.Null(await store.FindByClientIdAsync(log, "somebody-else", "m1", Cancelled));
        Assert.Null(await store.FindByClientIdAsync(log, null, "m1", Cancelled));
        var own = (await store.AppendAsync([Message(log, "m1", "of the backend") with { ActorId = null }], Cancelled))[0].Entry!;
        Assert.Equal(own.Id, (await store.FindByClientIdAsync(log, null, "m1", Cancelled))!.Id);
    }

    [Fact]
    public async Task The_same_call_after_the_message_was_edited_still_gives_the_same_entry()
    {
        var store = CreateStore();
        var log = Log();
        var sent = (await store.AppendAsync([Message(log, "m1", "hello")], Cancelled))[0].Entry!;
        var change = (await store.AppendAsync([Change(log, "e1", target: sent.Seq)], Cancelled))[0].Entry!;
        Assert.True(await store.FoldAsync(log, sent.Seq, sent.Rev, Edited(sent.Message!, "good bye"), change.Seq, Cancelled));
        var again = Assert.Single(await CreateStore().AppendAsync([Message(log, "m1", "hello")], Cancelled));
        Assert.Equal(AppendStatus.Duplicate, again.Status);
        Assert.Equal((sent.Id, sent.Seq, "good bye", change.Seq), (again.Entry!.Id, again.Entry.Seq, again.Entry.Message!.Text, again.Entry.Rev));
        Assert.Equal(AppendStatus.ClientIdReused, Assert.Single(await store.AppendAsync([Message(log, "m1", "good bye")], Cancelled)).Status);
    }

    [Fact]
    public async Task Of_those_who_want_to_be_first_in_a_log_one_is()
    {
        var stores = new[] { CreateStore(), CreateStore() };
        for (var round = 0; round < 10; round++)
        {
            var log = Log($"c{round}");
            var outcomes = await InParallelAsync(6, n => stores[n % 2].AppendAsync([Change(log, $"creator {n}") with { OnlyFirst = true }], Cancelled));
            var winner = Assert.Single(outcomes, outcome => outcome[0].Status == AppendStatus.Appended)[0].Entry!;
            Assert.Equal(5, outcomes.Count(outcome => outcome[0].Status == AppendStatus.LogExists));

            await stores[0].AppendAsync([Message(log, "m1")], Cancelled);
            var repeated = Assert.Single(await stores[1].AppendAsync([Change(log, winner.ClientMessageId) with { OnlyFirst = true }], Cancelled));
            Assert.Equal((AppendStatus.Duplicate, Shown(winner)), (repeated.Status, Shown(repeated.Entry)));
        }
    }

    [Fact]
    public async Task Eight_writers_of_two_instances_make_one_dense_log_and_share_it_fairly()
    {
        const int Total = 10_000;
        var log = Log();
        var stores = new[] { CreateStore(), CreateStore() };
        var (taken, shares) = (0, new int[stores.Length]);
        using var together = new Barrier(8);
        await InParallelAsync(8, async writer =>
        {
            together.SignalAndWait(Bound, Cancelled);
            var batch = 1 + (writer % 4 * 5);
            for (int from; (from = Interlocked.Add(ref taken, batch) - batch) < Total;)
            {
                var drafts = Enumerable.Range(from, Math.Min(batch, Total - from)).Select(n => Message(log, $"{n}", actor: $"writer-{writer / 2}")).ToList();
                foreach (var outcome in await stores[writer % 2].AppendAsync(drafts, Cancelled))
                {
                    Assert.Equal(AppendStatus.Appended, outcome.Status);
                }

                Interlocked.Add(ref shares[writer % 2], drafts.Count);
            }

            return writer;
        });

        await AssertDenseAsync(log, Total);
        Assert.All(shares, share => Assert.InRange(share, Total * 3 / 10, Total));
    }

    [Fact]
    public async Task Of_two_contenders_with_single_appends_each_gets_its_share()
    {
        const int Total = 1_000;
        var log = Log();
        var stores = new[] { CreateStore(), CreateStore() };
        var (taken, shares) = (0, new int[stores.Length]);
        await InParallelAsync(2, async writer =>
        {
            for (int n; (n = Interlocked.Increment(ref taken)) <= Total;)
            {
                await stores[writer].AppendAsync([Message(log, $"{n}")], Cancelled);
                shares[writer]++;
            }

            return writer;
        });
        await AssertDenseAsync(log, Total);
        Assert.All(shares, share => Assert.InRange(share, Total * 3 / 10, Total));
    }

    [Theory]
    [InlineData(WriteFault.Before)]
    [InlineData(WriteFault.After)]
    public async Task An_unknown_outcome_is_resolved_by_the_same_call_again(WriteFault fault)
    {
        var faults = new WriteFaults();
        var store = CreateFaultyStore(faults);
        var log = Log();
        await store.AppendAsync([Message(log, "0")], Cancelled);
        EntryDraft[] drafts = [Message(log, "1"), Message(log, "2"), Message(log, "3")];
        faults.Add(fault);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync(drafts, Cancelled));
        Assert.Equal(1, faults.Used);

        // Another instance writes meanwhile: what the first one believes of the tail must not matter.
        await CreateStore().AppendAsync([Message(log, "other")], Cancelled);
        var outcomes = await store.AppendAsync(drafts, Cancelled);
        Assert.All(outcomes, outcome => Assert.Contains(outcome.Status, new[] { AppendStatus.Appended, AppendStatus.Duplicate }));
        Assert.Equal(drafts.Select(draft => draft.ClientMessageId), outcomes.Select(outcome => outcome.Entry!.ClientMessageId));
        await store.AppendAsync([Message(log, "4")], Cancelled);
        await AssertDenseAsync(log, 6);
    }

    [Fact]
    public async Task Faults_under_load_lose_nothing_and_leave_no_hole()
    {
        var faults = new WriteFaults();
        var log = Log();
        var stores = new[] { CreateFaultyStore(faults), CreateStore() };
        faults.Add([.. Enumerable.Range(0, 40).Select(n => (n % 4) switch { 1 => WriteFault.Before, 3 => WriteFault.After, _ => WriteFault.None })]);
        await InParallelAsync(4, async writer =>
        {
            for (var n = 0; n < 50; n++)
            {
                var draft = Message(log, $"{n}", actor: $"writer-{writer}");
                for (var tries = 0; ; tries++)
                {
                    try
                    {
                        await stores[writer % 2].AppendAsync([draft], Cancelled);
                        break;
                    }
                    catch (StoreUnavailableException) when (tries < 100)
                    {
                    }
                }
            }

            return writer;
        });
        await AssertDenseAsync(log, 200);
        Assert.InRange(faults.Used, 20, 40);
    }

    /// <summary>Runs it <paramref name="count"/> times at once, each on a thread of the pool.</summary>
    protected static async Task<T[]> InParallelAsync<T>(int count, Func<int, Task<T>> work) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(n => Task.Run(() => work(n), Cancelled))).WaitAsync(Bound, Cancelled);

    private async Task AssertDenseAsync(LogId log, int count)
    {
        var store = CreateStore();
        var (seqs, clientIds, messages) = (new List<long>(), new HashSet<string>(), 0);
        for (var after = 0L; await store.ReadAfterAsync(log, after, 1000, Cancelled) is { Count: > 0 } page; after = page[^1].Seq)
        {
            foreach (var entry in page)
            {
                messages += entry.Target == EntryTarget.Message ? 1 : 0;
                Assert.Equal(messages, entry.MessageNo);
                Assert.True(clientIds.Add($"{entry.ActorId}/{entry.ClientMessageId}"), $"{entry.ActorId}'s {entry.ClientMessageId} stands twice in the log.");
                seqs.Add(entry.Seq);
            }
        }

        Assert.Equal(Enumerable.Range(1, count).Select(seq => (long)seq), seqs);
        Assert.Equal(count, (await store.ReadTailAsync(log, Cancelled)).Seq);
    }
}
