using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.OwnViews;
using Caas.Core.Receipts;
using Xunit;
using static Caas.Tests.Conversations.Samples;

namespace Caas.Tests.OwnViews;

/// <summary>What <see cref="IOwnViewStore"/> promises, and what lists and cursors make of views. Adapters inherit it.</summary>
public abstract class OwnViewStoreContract
{
    private static readonly UserId Ann = new("ann");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IOwnViewStore CreateStore();

    protected abstract IConversationStore CreateConversationStore();

    protected abstract IMemberStore CreateMemberStore();

    protected abstract IReceiptStore CreateReceiptStore();

    [Fact]
    public async Task Each_field_is_set_alone_and_stays_until_it_is_set_again()
    {
        await AddAsync("room");
        Assert.Equal(OwnView.Plain, await ViewAsync("room"));
        Assert.Equal(new OwnView(Muted: true, Pinned: true), (await CreateStore().ChangeAsync(Acme, new("room"), Ann, new(Muted: true, Pinned: true), Cancelled))!.View);
        await CreateStore().ChangeAsync(Acme, new("room"), Ann, new(HiddenSeq: 7, Archived: true, MarkedUnread: true), Cancelled);
        await CreateStore().ChangeAsync(Acme, new("room"), Ann, new(Muted: false), Cancelled);
        await CreateStore().ChangeAsync(Acme, new("room"), Ann, new(), Cancelled);
        Assert.Equal(new OwnView(false, 7, true, true, true), await ViewAsync("room"));

        // A fold of the member is no business of the view.
        await CreateConversationStore().FoldAsync(Conversation("room", 2), 1, [Member("room", "ann", 9)], Cancelled);
        Assert.Equal(new OwnView(false, 7, true, true, true), await ViewAsync("room"));
        Assert.Equal(OwnView.Plain, (await CreateMemberStore().FindAsync(Acme, new("room"), new("bob"), Cancelled))!.View);
    }

    [Fact]
    public async Task Only_members_have_a_view()
    {
        await AddAsync("room");
        await CreateConversationStore().FoldAsync(Conversation("room", 2), 1, [Member("room", "bob", 2) with { Removed = true }], Cancelled);
        Assert.Null(await CreateStore().ChangeAsync(Acme, new("room"), new("bob"), new(Muted: true), Cancelled));
        Assert.Null(await CreateStore().ChangeAsync(Acme, new("room"), new("nobody"), new(Muted: true), Cancelled));
        Assert.Null(await CreateStore().ChangeAsync(Acme, new("nowhere"), Ann, new(Muted: true), Cancelled));
        Assert.Null(await CreateStore().ChangeAsync(Globex, new("room"), Ann, new(Muted: true), Cancelled));
        Assert.Null(await CreateMemberStore().FindAsync(Acme, new("room"), new("nobody"), Cancelled));
    }

    [Fact]
    public async Task Lists_give_what_their_filter_wants_and_page_through_it()
    {
        var store = CreateStore();
        for (var n = 0; n < 12; n++)
        {
            await AddAsync($"c{n:00}", lastMessageSeq: 5, n);
            await store.ChangeAsync(Acme, new($"c{n:00}"), Ann, new(Archived: n % 4 == 1, HiddenSeq: n % 4 == 2 ? 5 : n % 4 == 3 ? 4 : null, Pinned: n % 2 == 0), Cancelled);
        }

        Assert.Equal(["c11", "c08", "c07", "c04", "c03", "c00"], await ListAsync(OwnViewFilter.Plain));
        Assert.Equal(["c09", "c05", "c01"], await ListAsync(new(Archived: true)));
        Assert.Equal(["c10", "c06", "c02"], await ListAsync(new(Hidden: true)));
        Assert.Equal(["c08", "c04", "c00"], await ListAsync(new(Pinned: true)));
        Assert.Equal(["c11", "c07", "c03"], await ListAsync(new(Pinned: false)));

        // A message brings back what is hidden, and not what is archived.
        await CreateConversationStore().SummarizeAsync([(Acme, new("c06"), new(6, 2, 6, Noon.AddHours(9))), (Acme, new("c05"), new(6, 2, 6, Noon.AddHours(9)))], Cancelled);
        Assert.Equal(["c06", "c11", "c08", "c07", "c04", "c03", "c00"], await ListAsync(OwnViewFilter.Plain));
        Assert.Equal(["c05", "c09", "c01"], await ListAsync(new(Archived: true)));

        async Task<List<string>> ListAsync(OwnViewFilter filter)
        {
            var ids = new List<string>();
            for (ConversationCursor? before = null; await CreateConversationStore().ListForUserAsync(Acme, Ann, filter, before, 2, Cancelled) is { Count: > 0 } page;)
            {
                ids.AddRange(page.Select(item => item.Conversation.Id.Value));
                before = new(page[^1].Conversation.Summary.LastActivityAt, page[^1].Conversation.Id.Value);
            }

            return ids;
        }
    }

    [Fact]
    public async Task What_is_unread_in_all_leaves_out_what_is_hidden_or_archived_and_names_what_is_marked()
    {
        foreach (var name in new[] { "plain", "hidden", "archived", "marked", "quiet" })
        {
            await AddAsync(name, lastMessageSeq: name == "quiet" ? 0 : 5);
        }

        await CreateReceiptStore().MoveAsync([new(LogId.Of(Acme, new("marked")), Ann, 5, 5, 1)], Cancelled);
        await CreateStore().ChangeAsync(Acme, new("hidden"), Ann, new(HiddenSeq: 5), Cancelled);
        await CreateStore().ChangeAsync(Acme, new("archived"), Ann, new(Archived: true), Cancelled);
        await CreateStore().ChangeAsync(Acme, new("marked"), Ann, new(MarkedUnread: true), Cancelled);
        Assert.Equal([new(new("marked"), 0, true, 5, 5), new(new("plain"), 1, LastSeq: 5)], (await CreateReceiptStore().ListUnreadAsync(Acme, Ann, Cancelled)).OrderBy(one => one.Id.Value, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Reading_takes_back_that_it_is_marked_as_unread_and_having_it_does_not()
    {
        await AddAsync("room", lastMessageSeq: 5);
        var log = LogId.Of(Acme, new("room"));
        await CreateReceiptStore().MoveAsync([new(log, Ann, 0, 5, 1)], Cancelled);
        await CreateStore().ChangeAsync(Acme, new("room"), Ann, new(MarkedUnread: true), Cancelled);
        Assert.Empty(await CreateReceiptStore().MoveAsync([new(log, Ann, 5, 0)], Cancelled));
        Assert.True((await ViewAsync("room")).MarkedUnread);
        Assert.Equal([new(log, Ann, 5, 5)], await CreateReceiptStore().MoveAsync([new(log, Ann, 0, 5, 1)], Cancelled));
        Assert.False((await ViewAsync("room")).MarkedUnread);
    }

    private async Task<OwnView> ViewAsync(string conversation) => (await CreateMemberStore().FindAsync(Acme, new(conversation), Ann, Cancelled))!.View;

    private async Task AddAsync(string conversation, long lastMessageSeq = 0, int minutes = 0)
    {
        var store = CreateConversationStore();
        await store.FoldAsync(Conversation(conversation), null, [Member(conversation, "ann", 1), Member(conversation, "bob", 1)], Cancelled);
        if (lastMessageSeq > 0)
        {
            await store.SummarizeAsync([(Acme, new(conversation), new(lastMessageSeq, 1, lastMessageSeq, Noon.AddMinutes(minutes)))], Cancelled);
        }
    }
}
