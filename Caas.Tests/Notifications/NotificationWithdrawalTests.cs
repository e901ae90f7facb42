using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Users;
using Caas.Tests.Core;
using Xunit;

namespace Caas.Tests.Notifications;

/// <summary>What is deleted leaves the inboxes.</summary>
public sealed class NotificationWithdrawalTests : NotifierSetUp
{
    [Fact]
    public async Task A_message_that_is_deleted_leaves_the_inbox_and_the_badge_whichever_it_was_and_once()
    {
        var sent = new[] { await SendAsync("alice", "one"), await SendAsync("alice", "two"), await SendAsync("carol", "three"), await SendAsync("alice", "@bob, four") };
        await DeleteAsync(sent[1]);
        Assert.Equal((2, 2L, sent[2].Id, "2 new messages. CAROL: three"), await GrownAsync());
        await DeleteAsync(sent[2]);
        Assert.Equal((2, 1L, sent[0].Id, "ALICE: one"), await GrownAsync());
        var row = Assert.Single(await Get<INotificationStore>().FindManyAsync(Acme, [new("bob")], "messages:room", Cancelled));
        Assert.Equal(("alice", row.CreatedAt), (row.Actor, row.UpdatedAt));

        // All of it again, as after a crash: nothing changes.
        await NotifyAfterAsync(1);
        await NotifyAfterAsync(1);
        Assert.Equal((2, 1L, sent[0].Id, "ALICE: one"), await GrownAsync());
        await DeleteAsync(sent[3]);
        Assert.Equal("messages:room", Assert.Single((await InboxAsync("bob")).Items).Id);
        await DeleteAsync(sent[0]);
        Assert.Equal((0, 0L), ((await InboxAsync("bob")).Items.Count, (await InboxAsync("bob")).Unread));

        // What was read goes, too, and what comes then begins anew.
        var read = await SendAsync("alice", "read");
        await Get<NotificationInbox>().ReadAsync(As("bob"), new(All: true), Cancelled);
        await DeleteAsync(read);
        Assert.Empty((await InboxAsync("bob")).Items);
        var last = await SendAsync("alice", "anew");
        Assert.Equal((1, 1L, last.Id, "ALICE: anew"), await GrownAsync());
    }

    [Fact]
    public async Task An_event_that_comes_after_the_deletion_of_its_message_was_heard_of_leaves_nothing()
    {
        var kept = await SendAsync("alice", "kept");
        var gone = (await Get<MessageService>().SendAsync(As("alice"), Room, new("gone"), null, Cancelled)).Message;
        var late = await RecordAsync(gone.Seq);
        await DeleteAsync(gone);
        await Get<Notifier>().HandleAsync(late, Cancelled);
        Assert.Equal((1, 1L, kept.Id, "ALICE: kept"), await GrownAsync());
        Assert.Equal(1, (await InboxAsync("carol")).Unread);
    }

    [Fact]
    public async Task A_mention_that_came_with_an_edit_goes_with_its_message_and_what_is_old_goes_all_the_same()
    {
        var sent = await SendAsync("alice", "Look");
        await NotifyAsync((await Get<MessageService>().EditAsync(As("alice"), Room, sent.Id, new() { Text = "Look, @bob" }, null, Cancelled)).Seq);
        Assert.Equal(["mentions:room", "messages:room"], (await InboxAsync("bob")).Items.Select(item => item.Id).Order(StringComparer.Ordinal));
        var deletion = (await Get<MessageService>().DeleteAsync(As("alice"), Room, sent.Id, Cancelled)).Seq;
        await NotifyAsync(deletion, TimeProvider.System.GetUtcNow().AddDays(-9));
        Assert.Empty((await InboxAsync("bob")).Items);
        Assert.Empty((await InboxAsync("carol")).Items);
    }

    [Fact]
    public async Task What_an_erased_user_wrote_leaves_the_inboxes_of_others_and_so_does_a_deleted_conversation()
    {
        await SendAsync("carol", "mine");
        await SendAsync("alice", "hers");
        var tail = (await Get<IEntryStore>().ReadTailAsync(LogId.Of(Acme, Room), Cancelled)).Seq;
        await Get<Caas.Core.Tenants.TenantService>().CreateAsync(new() { Kind = Caas.Core.Callers.CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        await Get<UserService>().EraseAsync(CorePlatform.Backend(), "alice", Cancelled);
        var erasure = Assert.Single(await Get<Caas.Core.Erasure.IErasureStore>().ListAsync(TimeProvider.System.GetUtcNow().AddDays(1), null, 10, Cancelled));
        await Get<Caas.Core.Erasure.UserEraser>().PassAsync(erasure, Cancelled);
        tail = await NotifyAfterAsync(tail);
        Assert.Equal((1L, "CAROL: mine"), Assert.Single((await InboxAsync("bob")).Items) is var left ? (left.Count, left.Body) : default);
        await Get<ConversationService>().DeleteAsync(CorePlatform.Backend(), Room, Cancelled);
        await NotifyAfterAsync(tail);
        Assert.Equal((0, 0L), ((await InboxAsync("bob")).Items.Count, (await InboxAsync("bob")).Unread));
        Assert.Empty(await Get<INotificationStore>().ListAroundAsync(Acme, Room, NotificationStretch.All, null, 10, Cancelled));
    }

    [Fact]
    public async Task Of_very_many_the_newest_hundred_are_counted_down()
    {
        var sent = new List<MessageResponse>();
        for (var n = 0; n < EntrySeqs.Most + 3; n++)
        {
            sent.Add(await SendAsync("alice", $"message {n}"));
        }

        await DeleteAsync(sent[0]);
        Assert.Equal(EntrySeqs.Most + 3, (await GrownAsync()).Count);
        await DeleteAsync(sent[^1]);
        Assert.Equal((EntrySeqs.Most + 2, sent[^2].Id), await GrownAsync() is var grown ? ((int)grown.Count, grown.Message) : default);
    }

    private async Task DeleteAsync(MessageResponse message) => await NotifyAsync((await Get<MessageService>().DeleteAsync(As(message.SenderId!), Room, message.Id, Cancelled)).Seq);

    private async Task<(int Unread, long Count, string? Message, string Body)> GrownAsync()
    {
        var page = await InboxAsync("bob");
        var item = Assert.Single(page.Items, item => item.Type == NotificationType.Messages);
        return ((int)page.Unread, item.Count, item.MessageId, item.Body);
    }
}
