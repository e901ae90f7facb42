using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Push;
using Caas.Tests.Push;
using Xunit;

namespace Caas.Tests.Notifications;

/// <summary>What mentions nobody any more tells nobody that it did.</summary>
public sealed class MentionWithdrawalTests : NotifierSetUp
{
    [Fact]
    public async Task A_mention_that_is_edited_out_leaves_the_inbox_of_those_who_are_not_named_any_more_and_once()
    {
        var sent = await SendAsync("alice", "hi");
        await EditAsync(sent, "hi @bob and @carol");
        Assert.Equal((2L, 1), await MentionsAsync("bob"));
        await EditAsync(sent, "hi @carol");
        Assert.Equal((1L, 0), await MentionsAsync("bob"));
        Assert.Equal((2L, 1), await MentionsAsync("carol"));
        Assert.Equal("messages:room", Assert.Single((await InboxAsync("bob")).Items).Id);

        // All of it again, as after a crash: nothing comes back. Who is named anew was told once.
        await NotifyAfterAsync(1);
        Assert.Equal((1L, 0), await MentionsAsync("bob"));
        Assert.Equal((2L, 1), await MentionsAsync("carol"));
        await EditAsync(sent, "hi @bob");
        Assert.Equal((1L, 0), await MentionsAsync("bob"));
        Assert.Equal((1L, 0), await MentionsAsync("carol"));
    }

    [Fact]
    public async Task A_notification_of_several_mentions_shrinks_to_those_that_stand()
    {
        var first = await SendAsync("alice", "one @bob");
        var second = await SendAsync("alice", "two @bob");
        await SendAsync("carol", "no reply to @alice");
        await EditAsync(second, "two");
        var left = Assert.Single((await InboxAsync("bob")).Items, item => item.Kind == NotificationKind.Mention);
        Assert.Equal((1L, first.Id, "ALICE mentioned you: one @bob"), (left.Count, left.MessageId, left.Body));
        Assert.Equal((1L, 1), await MentionsAsync("alice"));
        await EditAsync(first, "one", TimeProvider.System.GetUtcNow().AddDays(-9));
        Assert.Equal(0, (await MentionsAsync("bob")).Mentions);
    }

    [Theory]
    [InlineData("@channel")]
    [InlineData("@here")]
    public async Task Who_was_named_with_all_is_so_until_neither_all_nor_the_user_is_named(string all)
    {
        var sent = await SendAsync("alice", $"{all}, look");
        await EditAsync(sent, $"{all}, look here");
        Assert.Equal((1L, 1), await MentionsAsync("bob"));
        await EditAsync(sent, "@bob, look");
        Assert.Equal((1L, 1), await MentionsAsync("bob"));
        Assert.Equal((0L, 0), await MentionsAsync("carol"));
        await EditAsync(sent, "look");
        Assert.Equal((0L, 0), await MentionsAsync("bob"));
    }

    [Fact]
    public async Task What_is_edited_before_anybody_was_told_is_a_message_to_those_whom_it_does_not_name_any_more()
    {
        var sent = (await Get<MessageService>().SendAsync(As("alice"), Room, new("look, @bob and @carol"), null, Cancelled)).Message;
        var late = await RecordAsync(sent.Seq);
        var edit = (await Get<MessageService>().EditAsync(As("alice"), Room, sent.Id, new() { Text = "look, @carol" }, null, Cancelled)).Seq;
        await Get<Notifier>().HandleAsync(late, Cancelled);
        var item = Assert.Single((await InboxAsync("bob")).Items);
        Assert.Equal((NotificationKind.Message, 1L, "ALICE: look, @carol"), (item.Kind, item.Count, item.Body));
        Assert.Equal(NotificationKind.Mention, Assert.Single((await InboxAsync("carol")).Items).Kind);
        await NotifyAsync(edit);
        Assert.Equal(item, Assert.Single((await InboxAsync("bob")).Items));
    }

    [Fact]
    public async Task A_mention_that_waits_to_be_pushed_is_not_when_it_was_edited_out()
    {
        await Get<DeviceService>().PutAsync(As("bob"), "phone", new(DevicePlatform.Fcm, "token"), Cancelled);
        var device = (await Get<IDeviceStore>().FindAsync(Acme, new("bob"), "phone", Cancelled))!;
        var sent = await SendAsync("alice", "look, @bob");
        var job = Assert.Single(await Get<IPushStore>().ListDueAsync(DateTimeOffset.MaxValue.AddYears(-1), 10, Cancelled));
        Assert.Equal("alice", (await Get<PushMaker>().MakeAsync(job, device, Cancelled)).Push!.Notification.ActorId);

        // Before the notifier has heard of the edit, and after.
        var edit = (await Get<MessageService>().EditAsync(As("alice"), Room, sent.Id, new() { Text = "look" }, null, Cancelled)).Seq;
        Assert.Equal(new(Push: null, OthersStand: true), await Get<PushMaker>().MakeAsync(job, device, Cancelled));
        await NotifyAsync(edit);
        Assert.Equal(new(Push: null, OthersStand: true), await Get<PushMaker>().MakeAsync(job, device, Cancelled));
    }

    private async Task EditAsync(MessageResponse message, string text, DateTimeOffset? at = null) =>
        await NotifyAsync((await Get<MessageService>().EditAsync(As(message.SenderId!), Room, message.Id, new() { Text = text }, null, Cancelled)).Seq, at);

    private async Task<(long Unread, int Mentions)> MentionsAsync(string user)
    {
        var page = await InboxAsync(user);
        return (page.Unread, page.Items.Count(item => item.Kind == NotificationKind.Mention));
    }
}
