using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Threads;
using Xunit;
using static Caas.Tests.Entries.Drafts;

namespace Caas.Tests.Threads;

/// <summary>What <see cref="IThreadStore"/> promises. Adapters inherit it.</summary>
public abstract class ThreadStoreContract
{
    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Both over the test's database.</summary>
    protected abstract (IEntryStore Entries, IThreadStore Threads) CreateStores();

    [Fact]
    public async Task Replies_their_deletions_and_what_targets_the_message_come_in_the_order_of_the_log()
    {
        var (entries, threads) = CreateStores();
        await AppendAsync(entries, Message(Log(), "root"), Message(Log(), "other"), Reply("r1", 1), Change(Log(), "edit", target: 1), Reply("r2", 1), Reply("x", 2), Change(Log(), "own", target: 3), Deletion("d", 3, 1), Change(Log(), "late", target: 1));
        Assert.Equal([3, 4, 5, 8, 9], (await threads.ReadChangesAsync(Log(), 1, 1, 100, Cancelled)).Select(entry => entry.Seq));
        Assert.Equal([1, 1, 1], (await threads.ReadChangesAsync(Log(), 1, 4, 100, Cancelled)).Select(entry => Math.Max(entry.Thread, entry.Target == 1 ? 1 : 0)));
        Assert.Equal([6], (await threads.ReadChangesAsync(Log(), 2, 2, 100, Cancelled)).Select(entry => entry.Seq));
        Assert.Equal([7, 8], (await threads.ReadChangesAsync(Log(), 3, 3, 100, Cancelled)).Select(entry => entry.Seq));
        for (long limit = 1, seen; limit <= 3; limit++)
        {
            var all = new List<long>();
            for (seen = 1; await threads.ReadChangesAsync(Log(), 1, seen, (int)limit, Cancelled) is { Count: > 0 } page; seen = page[^1].Seq)
            {
                all.AddRange(page.Select(entry => entry.Seq));
            }

            Assert.Equal([3, 4, 5, 8, 9], all);
        }
    }

    [Fact]
    public async Task Pages_of_replies_go_both_ways_and_hold_deleted_ones()
    {
        var (entries, threads) = CreateStores();
        await AppendAsync(entries, Message(Log(), "root"), Reply("r1", 1), Reply("r2", 1), Message(Log(), "other"), Reply("r3", 1), Deletion("d", 2, 1), Reply("r4", 1));
        Assert.True(await entries.FoldAsync(Log(), 2, 2, new() { DeletedAt = Noon }, 6, Cancelled));
        Assert.Equal([7, 5], (await threads.ReadRepliesAsync(Log(), 1, Direction.Older, long.MaxValue, 2, Cancelled)).Select(reply => reply.Seq));
        Assert.Equal([3, 2], (await threads.ReadRepliesAsync(Log(), 1, Direction.Older, 5, 10, Cancelled)).Select(reply => reply.Seq));
        Assert.Equal([3, 5], (await threads.ReadRepliesAsync(Log(), 1, Direction.Newer, 2, 2, Cancelled)).Select(reply => reply.Seq));
        Assert.Empty(await threads.ReadRepliesAsync(Log(), 2, Direction.Older, long.MaxValue, 2, Cancelled));
        Assert.Empty(await threads.ReadRepliesAsync(Log(tenant: Globex), 1, Direction.Older, long.MaxValue, 2, Cancelled));
        Assert.Empty(await threads.ReadRepliesAsync(Log("general2"), 1, Direction.Older, long.MaxValue, 2, Cancelled));
    }

    [Fact]
    public async Task What_is_counted_ends_where_it_is_told_to_and_leaves_deleted_replies_out()
    {
        var (entries, threads) = CreateStores();
        await AppendAsync(entries, Message(Log(), "root"), Reply("r1", 1, "zoe"), Reply("r2", 1, "ann", 2), Reply("r3", 1, "zoe", 1), Reply("r4", 1, null, 5), Reply("r5", 1, "bob", 4));
        Assert.Equal(new ThreadCount(0, null), await threads.CountAsync(Log(), 1, 1, 20, Cancelled));
        AssertCount(await threads.CountAsync(Log(), 1, 4, 20, Cancelled), 3, ["zoe", "ann"], 2, 2);
        AssertCount(await threads.CountAsync(Log(), 1, 100, 2, Cancelled), 5, ["zoe", "ann"], 3, 5);
        Assert.True(await entries.FoldAsync(Log(), 2, 2, new() { DeletedAt = Noon }, 7, Cancelled));
        AssertCount(await threads.CountAsync(Log(), 1, 100, 20, Cancelled), 4, ["ann", "zoe", "bob"], 3, 5);
        Assert.True(await entries.FoldAsync(Log(), 4, 4, new() { DeletedAt = Noon }, 7, Cancelled));
        AssertCount(await threads.CountAsync(Log(), 1, 3, 20, Cancelled), 1, ["ann"], 1, 2);
        await AppendAsync(entries, Reply("r6", 1, "ann", 9) with { Shadowed = true });
        AssertCount(await threads.CountAsync(Log(), 1, 3, 20, Cancelled), 1, ["ann"], 1, 2);
    }

    private static void AssertCount(ThreadCount count, int replies, string[] named, int people, int minute)
    {
        Assert.Equal((replies, people, Noon.AddMinutes(minute)), (count.Replies, count.Summary!.ParticipantCount, count.Summary.LastReplyAt));
        Assert.Equal(named, count.Summary.ParticipantIds);
    }

    private static EntryDraft Reply(string clientId, long to, string? actor = "ann", int minute = 0) => Message(Log(), clientId, actor: actor) with { Thread = to, At = Noon.AddMinutes(minute) };

    private static EntryDraft Deletion(string clientId, long of, long thread) => Change(Log(), clientId, of, EntryTypes.MessageDeleted) with { Thread = thread };

    private static async Task AppendAsync(IEntryStore entries, params EntryDraft[] drafts) => Assert.All(await entries.AppendAsync(drafts, Cancelled), outcome => Assert.Equal(AppendStatus.Appended, outcome.Status));
}
