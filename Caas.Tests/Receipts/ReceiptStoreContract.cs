using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Receipts;
using Caas.Tests.Entries;
using Xunit;
using static Caas.Tests.Conversations.Samples;

namespace Caas.Tests.Receipts;

/// <summary>What <see cref="IReceiptStore"/> promises. Adapters inherit it.</summary>
public abstract class ReceiptStoreContract
{
    private static readonly ConversationId General = new("general");
    private static readonly LogId Log = LogId.Of(Acme, General);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IReceiptStore CreateStore();

    protected abstract IMemberStore CreateMemberStore();

    protected abstract IConversationStore CreateConversationStore();

    protected abstract IEntryStore CreateEntryStore();

    [Fact]
    public async Task Cursors_only_move_forward_and_only_for_members()
    {
        await SayAsync(12);
        await FoldAsync(Member("general", "ann", 1), Member("general", "bob", 1) with { Removed = true }, Member("general", "cat", 1));
        var moved = await CreateStore().MoveAsync([new(Log, new("ann"), 0, 10), new(Log, new("bob"), 0, 10), new(Log, new("nobody"), 0, 10), new(LogId.Of(Globex, General), new("cat"), 0, 10)], Cancelled);
        Assert.Equal([new(Log, new("ann"), 10, 10)], moved);
        Assert.Equal([new(Log, new("cat"), 9, 3)], await CreateStore().MoveAsync([new(Log, new("ann"), 7, 7), new(Log, new("cat"), 9, 3), new(Log, new("ann"), 0, 0)], Cancelled));
        Assert.Empty(await CreateStore().MoveAsync([new(Log, new("cat"), 8, 2)], Cancelled));
        Assert.Empty(await CreateStore().MoveAsync([], Cancelled));
        Assert.Equal((10, 10), await CursorsAsync("ann"));
        Assert.Equal((9, 3), await CursorsAsync("cat"));
        Assert.Equal((0, 0), await CursorsAsync("bob"));
        Assert.Null(await CreateMemberStore().FindAsync(Acme, General, new("nobody"), Cancelled));
    }

    [Fact]
    public async Task The_number_of_messages_moves_with_the_read_cursor_whether_the_caller_knows_it_or_not()
    {
        await SayAsync(12);
        await FoldAsync(Member("general", "ann", 1), Member("general", "bob", 1));
        await CreateStore().MoveAsync([new(Log, new("ann"), 0, 5), new(Log, new("bob"), 0, 6, 5)], Cancelled);
        Assert.Equal((4, 5), ((await FindAsync("ann")).ReadMessageNo, (await FindAsync("bob")).ReadMessageNo));
        await CreateStore().MoveAsync([new(Log, new("ann"), 11, 0), new(Log, new("bob"), 0, 3)], Cancelled);
        Assert.Equal((4, 5), ((await FindAsync("ann")).ReadMessageNo, (await FindAsync("bob")).ReadMessageNo));
    }

    [Fact]
    public async Task A_fold_raises_the_cursors_and_never_lowers_them()
    {
        await SayAsync(12);
        await FoldAsync(Member("general", "ann", 1) with { ReadSeq = 1, DeliveredSeq = 1 });
        await CreateStore().MoveAsync([new(Log, new("ann"), 12, 10)], Cancelled);
        await FoldAsync(Member("general", "ann", 11) with { ReadSeq = 1, DeliveredSeq = 1 });
        Assert.Equal((12, 10), await CursorsAsync("ann"));
        await FoldAsync(Member("general", "ann", 12) with { Removed = true, ReadSeq = 10 });
        await FoldAsync(Member("general", "ann", 30) with { JoinedSeq = 30, ReadSeq = 30, ReadMessageNo = 28, DeliveredSeq = 30 });
        Assert.Equal((30, 30), await CursorsAsync("ann"));
        Assert.Equal(28, (await FindAsync("ann")).ReadMessageNo);
    }

    [Fact]
    public async Task Deleted_messages_are_counted_per_stretch()
    {
        await SayAsync(12);
        foreach (var seq in new[] { 3, 4, 9 })
        {
            Assert.True(await CreateEntryStore().FoldAsync(Log, seq, seq, new() { DeletedAt = Noon }, 20 + seq, Cancelled));
        }

        var other = LogId.Of(Acme, new("other"));
        Assert.Equal([3, 1, 2, 0, 0, 0], await CreateStore().CountDeletedAsync([new(Log, 0, 12), new(Log, 4, 9), new(Log, 2, 8), new(Log, 4, 8), new(Log, 9, 12), new(other, 0, 12)], Cancelled));
        Assert.Empty(await CreateStore().CountDeletedAsync([], Cancelled));
    }

    [Fact]
    public async Task Messages_of_some_senders_are_counted_without_deleted_ones()
    {
        await CreateEntryStore().AppendAsync([Drafts.Change(Log, "first", actor: "bob"), .. Enumerable.Range(2, 11).Select(n => Drafts.Message(Log, $"{n}", actor: n % 2 == 0 ? "ann" : n == 3 ? null : "bob"))], Cancelled);
        Assert.True(await CreateEntryStore().FoldAsync(Log, 9, 9, new() { DeletedAt = Noon }, 20, Cancelled));
        SentStretch Of(long after, long upTo, params string[] senders) => new(new(Log, after, upTo), senders);
        Assert.Equal([3, 6, 9, 0, 0, 2], await CreateStore().CountSentAsync([Of(0, 12, "bob"), Of(0, 12, "ann"), Of(0, 12, "ann", "bob", "cat"), Of(0, 12), Of(12, 20, "ann"), Of(2, 7, "bob", "cat")], Cancelled));
        Assert.Empty(await CreateStore().CountSentAsync([], Cancelled));
    }

    [Fact]
    public async Task What_is_shadowed_counts_as_deleted_and_as_nobodys_and_a_fold_changes_nothing_of_that()
    {
        await CreateEntryStore().AppendAsync([.. Enumerable.Range(1, 4).Select(n => Drafts.Message(Log, $"{n}", actor: "bob") with { Shadowed = n is 2 or 3 }), Drafts.Change(Log, "hidden", 1) with { Shadowed = true }], Cancelled);
        Assert.True(await CreateEntryStore().FoldAsync(Log, 2, 2, new() { Text = "edited" }, 20, Cancelled));
        Assert.True(await CreateEntryStore().FoldAsync(Log, 4, 4, new() { Text = "edited" }, 21, Cancelled));
        Assert.Equal([2], await CreateStore().CountDeletedAsync([new(Log, 0, 9)], Cancelled));
        Assert.Equal([2], await CreateStore().CountSentAsync([new(new(Log, 0, 9), ["bob"])], Cancelled));
        Assert.Equal([false, true, true, false, true], (await CreateEntryStore().ReadAfterAsync(Log, 0, 10, Cancelled)).Select(entry => entry.Shadowed));
    }

    [Fact]
    public async Task Unread_conversations_are_those_with_messages_behind_the_cursor()
    {
        await SayAsync(6);
        await FoldAsync(Member("general", "ann", 1), Member("general", "bob", 1), Member("quiet", "ann", 1), Member("left", "ann", 1) with { Removed = true }, Member("gone", "ann", 1));
        var conversations = CreateConversationStore();
        await conversations.SummarizeAsync([(Acme, General, new(6, 5, 6, Noon)), (Acme, new("left"), new(6, 5, 6, Noon)), (Acme, new("gone"), new(6, 5, 6, Noon))], Cancelled);
        await conversations.FoldAsync(Conversation("gone", 9) with { DeletedAt = Noon }, 1, [], Cancelled);
        Assert.Equal([new(General, 5, LastSeq: 6)], await CreateStore().ListUnreadAsync(Acme, new("ann"), Cancelled));
        await CreateEntryStore().FoldAsync(Log, 5, 5, new() { DeletedAt = Noon }, 7, Cancelled);
        await CreateStore().MoveAsync([new(Log, new("ann"), 0, 3)], Cancelled);
        Assert.Equal([new(General, 2, ReadSeq: 3, LastSeq: 6)], await CreateStore().ListUnreadAsync(Acme, new("ann"), Cancelled));
        await CreateStore().MoveAsync([new(Log, new("bob"), 0, 4), new(Log, new("ann"), 0, 6)], Cancelled);
        Assert.Empty(await CreateStore().ListUnreadAsync(Acme, new("ann"), Cancelled));
        Assert.Equal([new(General, 1, ReadSeq: 4, LastSeq: 6)], await CreateStore().ListUnreadAsync(Acme, new("bob"), Cancelled));
        Assert.Empty(await CreateStore().ListUnreadAsync(Globex, new("ann"), Cancelled));
    }

    [Fact]
    public async Task Who_has_a_message_is_listed_by_id_in_pages()
    {
        await SayAsync(12);
        string[] users = ["ann", "bob", "cat", "dan", "eve"];
        await FoldAsync([.. users.Reverse().Select(user => Member("general", user, 1)), Member("general", "late", 8) with { DeliveredSeq = 12 }, Member("general", "left", 1) with { Removed = true, DeliveredSeq = 12 }]);
        await CreateStore().MoveAsync([new(Log, new("ann"), 0, 5), new(Log, new("bob"), 5, 2), new(Log, new("cat"), 4, 4), new(Log, new("eve"), 12, 4)], Cancelled);
        var (store, listed) = (CreateStore(), new List<MovedCursors>());
        for (UserId? after = null; await store.ListReachedAsync(Log, 5, after, 2, Cancelled) is { Count: > 0 } page; after = page[^1].User)
        {
            Assert.InRange(page.Count, 1, 2);
            listed.AddRange(page);
        }

        Assert.Equal([new(Log, new("ann"), 5, 5), new(Log, new("bob"), 5, 2), new(Log, new("eve"), 12, 4)], listed);
        Assert.Empty(await store.ListReachedAsync(LogId.Of(Globex, General), 5, null, 2, Cancelled));
    }

    private async Task<(long Delivered, long Read)> CursorsAsync(string user) => await FindAsync(user) switch { var member => (member.DeliveredSeq, member.ReadSeq) };

    private async Task<Member> FindAsync(string user) => (await CreateMemberStore().FindAsync(Acme, General, new(user), Cancelled))!;

    /// <summary>A log of one entry that is no message and then messages.</summary>
    private async Task SayAsync(int entries) =>
        await CreateEntryStore().AppendAsync([Drafts.Change(Log, "first"), .. Enumerable.Range(2, entries - 1).Select(n => Drafts.Message(Log, $"{n}"))], Cancelled);

    private async Task FoldAsync(params Member[] members)
    {
        var store = CreateConversationStore();
        foreach (var group in members.GroupBy(member => member.Conversation))
        {
            await store.FoldAsync(Conversation(group.Key.Value), (await store.FindAsync(Acme, group.Key, Cancelled))?.Rev, [.. group], Cancelled);
        }
    }
}
