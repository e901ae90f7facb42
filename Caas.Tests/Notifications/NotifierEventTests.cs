using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.OwnViews;
using Caas.Core.Push;
using Caas.Core.Receipts;
using Caas.Core.Users;
using Caas.Tests.Core;
using Caas.Tests.Push;
using Xunit;

namespace Caas.Tests.Notifications;

/// <summary>What notifies whom that is no new message: memberships, calls, edits.</summary>
public sealed class NotifierEventTests : NotifierSetUp
{
    [Fact]
    public async Task A_removal_that_is_handled_late_or_twice_reads_nothing_that_came_after_it()
    {
        await Get<MemberService>().RemoveAsync(As("alice"), Room, "bob", Cancelled);
        var removed = (await Get<IEntryStore>().ReadTailAsync(LogId.Of(Acme, Room), Cancelled)).Seq;
        await NotifyAsync(removed);
        await Get<MemberService>().AddAsync(As("alice"), Room, new(["bob"]), Cancelled);
        var added = (await Get<IEntryStore>().ReadTailAsync(LogId.Of(Acme, Room), Cancelled)).Seq;
        await NotifyAsync(added);
        var sent = await SendAsync("alice", "welcome back, @bob");
        Assert.Equal(2, (await InboxAsync("bob")).Unread);

        // The process died before it said how far it was: all of it comes again.
        await NotifyAsync(removed);
        await NotifyAsync(added);
        await NotifyAsync(sent.Seq);
        Assert.Equal(2, (await InboxAsync("bob")).Unread);
    }

    [Fact]
    public async Task Who_is_added_by_somebody_else_hears_of_it_and_nobody_else()
    {
        await Get<UserService>().UpsertAsync(CorePlatform.Backend(), "dave", new("Dave"), Cancelled);
        await Get<MemberService>().AddAsync(As("alice"), Room, new(["dave"]), Cancelled);
        await NotifyAsync((await Get<IEntryStore>().ReadTailAsync(LogId.Of(Acme, Room), Cancelled)).Seq);
        var item = Assert.Single((await InboxAsync("dave")).Items);
        Assert.Equal((NotificationKind.Added, NotificationType.System, "The room", "ALICE added you"), (item.Kind, item.Type, item.Title, item.Body));
        Assert.Empty((await InboxAsync("bob")).Items);
    }

    [Fact]
    public async Task Who_is_a_member_from_the_beginning_hears_of_it_as_who_is_added_and_the_creator_does_not()
    {
        await NotifyAsync(1);
        await NotifyAsync(1);
        foreach (var user in new[] { "bob", "carol" })
        {
            var item = Assert.Single((await InboxAsync(user)).Items);
            Assert.Equal((NotificationKind.Added, "system:room", 1L, "The room", "ALICE added you"), (item.Kind, item.Id, item.Count, item.Title, item.Body));
        }

        Assert.Empty((await InboxAsync("alice")).Items);

        // Who comes later does not hear of the beginning, and two who talk need not be told that they can.
        await Get<UserService>().UpsertAsync(CorePlatform.Backend(), "dave", new("Dave"), Cancelled);
        await Get<MemberService>().AddAsync(CorePlatform.Backend(), Room, new(["dave"]), Cancelled);
        await NotifyAsync(1);
        Assert.Empty((await InboxAsync("dave")).Items);

        // Whom the backend adds is added by nobody who has a name.
        await NotifyAsync((await Get<IEntryStore>().ReadTailAsync(LogId.Of(Acme, Room), Cancelled)).Seq);
        Assert.Equal("You were added", Assert.Single((await InboxAsync("dave")).Items).Body);
        var direct = await Get<ConversationService>().CreateAsync(As("alice"), new(ConversationType.Direct, MemberIds: ["dave"]), Cancelled);
        await Get<Notifier>().HandleAsync(await RecordAsync(1, conversation: new(direct.Conversation.Id)), Cancelled);
        Assert.Single((await InboxAsync("dave")).Items);
    }

    [Fact]
    public async Task An_event_that_comes_late_does_not_bring_back_who_was_erased_meanwhile()
    {
        const string Missed = """{"callId":"d","media":"audio","outcome":"missed","durationSeconds":0,"startedBy":"alice","participants":[{"userId":"alice","state":"left","seconds":0},{"userId":"bob","state":"missed","seconds":0},{"userId":"carol","state":"declined","seconds":0}]}""";
        var sent = (await Get<MessageService>().SendAsync(As("alice"), Room, new("Look, @bob"), null, Cancelled)).Message;
        var erased = await Get<UserService>().EraseAsync(CorePlatform.Backend(), "alice", Cancelled);
        await NotifyAsync(sent.Seq);
        Assert.Empty((await InboxAsync("bob")).Items);
        await CallAsync(52, "call.ended", null, Missed);
        Assert.Equal(erased.Pseudonym, Assert.Single((await InboxAsync("bob")).Items).ActorId);
    }

    [Fact]
    public async Task A_call_is_pushed_while_it_rings_and_stands_in_the_inbox_when_it_was_missed()
    {
        await Get<DeviceService>().PutAsync(As("bob"), "phone", new(DevicePlatform.Apns, VoipToken: "aa"), Cancelled);
        await Get<OwnViewService>().UpdateAsync(As("bob"), Room, new() { Muted = true }, Cancelled);
        await CallAsync(50, "call.started", "alice", """{"callId":"c","media":"audio","userIds":["bob"]}""");
        Assert.Equal((NotificationKind.Call, NotificationPriority.Urgent), Assert.Single(await Get<IPushStore>().ListDueAsync(DateTimeOffset.MaxValue.AddYears(-1), 10, Cancelled)) is var job ? (job.Kind, job.Priority) : default);
        Assert.Empty((await InboxAsync("bob")).Items);
        await CallAsync(51, "call.ended", null, """{"callId":"c","media":"audio","outcome":"completed","durationSeconds":9,"startedBy":"alice","participants":[{"userId":"alice","state":"left","seconds":9},{"userId":"bob","state":"left","seconds":9}]}""");
        Assert.Empty((await InboxAsync("bob")).Items);
        await CallAsync(52, "call.ended", null, """{"callId":"d","media":"audio","outcome":"missed","durationSeconds":0,"startedBy":"alice","participants":[{"userId":"alice","state":"left","seconds":0},{"userId":"bob","state":"missed","seconds":0},{"userId":"carol","state":"declined","seconds":0}]}""");
        var missed = Assert.Single((await InboxAsync("bob")).Items);
        Assert.Equal((NotificationKind.MissedCall, "alice", "ALICE", "Missed call", 1), (missed.Kind, missed.ActorId, missed.Title, missed.Body, missed.Count));
        await CallAsync(53, "call.ended", null, """{"callId":"e","media":"audio","outcome":"missed","durationSeconds":0,"startedBy":"alice","participants":[{"userId":"alice","state":"left","seconds":0},{"userId":"bob","state":"missed","seconds":0}]}""");
        Assert.Equal((2, 53), Assert.Single((await InboxAsync("bob")).Items) is var both ? (both.Count, both.Seq) : default);
        Assert.Empty((await InboxAsync("carol")).Items);
        Assert.Empty((await InboxAsync("alice")).Items);
    }

    [Fact]
    public async Task Who_missed_a_call_that_others_answered_hears_of_it()
    {
        await CallAsync(51, "call.ended", null, """{"callId":"c","media":"audio","outcome":"completed","durationSeconds":90,"startedBy":"alice","startedAt":"2026-03-01T12:00:00Z","participants":[{"userId":"alice","state":"left","seconds":90},{"userId":"carol","state":"left","seconds":80},{"userId":"bob","state":"missed","seconds":0}]}""");
        Assert.Equal((NotificationKind.MissedCall, "Missed call"), Assert.Single((await InboxAsync("bob")).Items) is var missed ? (missed.Kind, missed.Body) : default);
        Assert.Empty((await InboxAsync("carol")).Items);
        await CallAsync(52, "call.ended", null, """{"callId":"d","media":"audio","outcome":"lost","durationSeconds":0,"startedBy":"alice","startedAt":"2026-03-01T12:00:00Z","participants":[{"userId":"alice","state":"missed","seconds":0},{"userId":"carol","state":"busy","seconds":0}]}""");
        Assert.Equal(NotificationKind.MissedCall, Assert.Single((await InboxAsync("carol")).Items).Kind);
        Assert.Empty((await InboxAsync("alice")).Items);
    }

    [Fact]
    public async Task Who_was_removed_learns_nothing_more_of_the_conversation()
    {
        var sent = await SendAsync("alice", "hello @bob");
        await CallAsync(sent.Seq, "call.ended", null, """{"callId":"c","media":"audio","outcome":"missed","durationSeconds":0,"startedBy":"alice","startedAt":"2026-03-01T12:00:00Z","participants":[{"userId":"alice","state":"left","seconds":0},{"userId":"bob","state":"missed","seconds":0}]}""");
        Assert.Equal(2, (await InboxAsync("bob")).Unread);
        await Get<MemberService>().RemoveAsync(As("alice"), Room, "bob", Cancelled);
        await Get<ConversationService>().UpdateAsync(As("alice"), Room, new() { Name = "Why we fired bob" }, Cancelled);
        Assert.Empty((await InboxAsync("bob")).Items);

        // What was unread is over when the notifier hears of it.
        var log = LogId.Of(Acme, Room);
        var removed = (await Get<IEntryStore>().ReadAfterAsync(log, 0, 100, Cancelled)).Last(entry => entry.Type == EntryTypes.MemberRemoved);
        await NotifyAsync(removed.Seq);
        Assert.Equal(0, (await InboxAsync("bob")).Unread);
        Assert.Equal(1, (await InboxAsync("carol")).Unread);
    }

    [Fact]
    public async Task An_edit_notifies_those_whom_it_mentions_and_no_version_before_did_and_once()
    {
        var sent = await SendAsync("alice", "Look");
        var edit = await EditAsync(sent.Id, "Look, @bob");
        var mention = Assert.Single((await InboxAsync("bob")).Items, item => item.Kind == NotificationKind.Mention);
        Assert.Equal((sent.Id, edit, "alice", 1, "ALICE mentioned you: Look, @bob"), (mention.MessageId, mention.Seq, mention.ActorId, (int)mention.Count, mention.Body));
        Assert.DoesNotContain((await InboxAsync("carol")).Items, item => item.Kind == NotificationKind.Mention);

        await NotifyAsync(edit);
        await EditAsync(sent.Id, "Look again, @bob");
        Assert.Equal(1, Assert.Single((await InboxAsync("bob")).Items, item => item.Kind == NotificationKind.Mention).Count);
        await EditAsync(sent.Id, "Nobody");
        await EditAsync(sent.Id, "@bob once more");
        Assert.DoesNotContain((await InboxAsync("bob")).Items, item => item.Kind == NotificationKind.Mention);

        // All at once are those who were not named before.
        await EditAsync(sent.Id, "@channel, look");
        await EditAsync(sent.Id, "@channel, and @carol");
        Assert.DoesNotContain((await InboxAsync("bob")).Items, item => item.Kind == NotificationKind.Mention);
        Assert.Equal((1, "ALICE mentioned you: @channel, and @carol"), Assert.Single((await InboxAsync("carol")).Items, item => item.Kind == NotificationKind.Mention) is var all ? ((int)all.Count, all.Body) : default);
    }

    [Fact]
    public async Task Who_read_while_the_rows_were_made_has_nothing_unread()
    {
        var sent = (await Get<MessageService>().SendAsync(As("alice"), Room, new("hello"), null, Cancelled)).Message;
        var happening = new Happening(LogId.Of(Acme, Room), sent.Seq, TimeProvider.System.GetUtcNow(), "alice", HappeningType.Message, sent, null);
        var page = (await Get<IUserStore>().FindManyAsync(Acme, [new("bob"), new("carol")], Cancelled)).Select(user => new Addressee(user, NotificationKind.Message, Online: true, new(InApp: true, Push: false, Email: false, NotificationPriority.Normal))).ToArray();
        await Get<ReceiptService>().PutAsync(As("bob"), Room, new(ReadSeq: sent.Seq), Cancelled);
        await Eventually.HoldsAsync(async () => (await Get<IMemberStore>().FindAsync(Acme, Room, new("bob"), Cancelled))!.ReadSeq == sent.Seq ? null : "it is not read", Cancelled);
        Assert.Equal(["carol"], (await Get<InboxRows>().SaveAsync(happening, page, Cancelled)).Select(one => one.Row.User.Value));
        Assert.Equal((0, 1), ((int)(await InboxAsync("bob")).Unread, (int)(await InboxAsync("carol")).Unread));
    }

    private async Task<long> EditAsync(string messageId, string text)
    {
        var seq = (await Get<MessageService>().EditAsync(As("alice"), Room, messageId, new() { Text = text }, null, Cancelled)).Seq;
        await NotifyAsync(seq);
        return seq;
    }
}
