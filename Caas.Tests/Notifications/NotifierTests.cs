using System.Diagnostics;
using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.OwnViews;
using Caas.Core.Push;
using Caas.Core.Reactions;
using Caas.Core.Receipts;
using Caas.Core.Refusals;
using Caas.Core.Users;
using Caas.Tests.Core;
using Caas.Tests.Push;
using Xunit;

namespace Caas.Tests.Notifications;

public sealed class NotifierTests : NotifierSetUp
{
    [Fact]
    public async Task An_edit_that_mentions_nobody_reads_nothing_of_what_has_happened_to_its_message()
    {
        var sent = await SendAsync("alice", "hello");
        await Get<MessageService>().EditAsync(As("alice"), Room, sent.Id, new() { Text = "hello, @bob" }, null, Cancelled);
        await Get<MessageService>().EditAsync(As("alice"), Room, sent.Id, new() { Text = "hello!" }, null, Cancelled);
        var seq = (await Get<IEntryStore>().ReadTailAsync(LogId.Of(Acme, Room), Cancelled)).Seq;
        await Get<ReactionService>().AddAsync(As("bob"), Room, sent.Id, "👍", null, Cancelled);
        var asked = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var entries = Webhooks.Counting<IEntryStore>.Around(Get<IEntryStore>(), asked);
        var reader = new HappeningReader(Get<IConversationStore>(), entries, Get<Microsoft.Extensions.Options.IOptions<NotificationOptions>>(), TimeProvider.System);
        var (edit, _) = (await reader.ReadAsync(await RecordAsync(seq), Cancelled))!.Value;
        Assert.Null(await reader.NarrowAsync(edit, Cancelled));

        // Nor for mentions to be taken back, of which no inbox tells.
        await new InboxWithdrawals(Get<INotificationStore>(), entries, Get<IUserStore>(), Get<NotificationAttention>(), Get<NotificationViews>(), Get<NotificationNews>()).UnmentionAsync(edit, Cancelled);
        Assert.Empty(asked);
    }

    [Fact]
    public async Task What_happens_before_it_is_read_grows_into_one_and_mentions_stand_beside_it()
    {
        await SendAsync("alice", "one");
        var second = await SendAsync("alice", "two");
        await SendAsync("alice", "Look, @bob");
        var page = await InboxAsync("bob");
        Assert.Equal(2, page.Unread);
        Assert.Equal([("mentions:room", 1, "The room", "ALICE mentioned you: Look, @bob"), ("messages:room", 2, "The room", "2 new messages. ALICE: two")], page.Items.Select(item => (item.Id, (int)item.Count, item.Title, item.Body)));
        Assert.Equal((second.Id, second.Seq, "alice", NotificationPriority.Normal), (page.Items[1].MessageId, page.Items[1].Seq, page.Items[1].ActorId, page.Items[1].Priority));
        Assert.Equal(("messages:room", 3), (Assert.Single((await InboxAsync("carol")).Items).Id, (int)(await InboxAsync("carol")).Items[0].Count));
        Assert.Empty((await InboxAsync("alice")).Items);

        await Get<NotificationInbox>().ReadAsync(As("bob"), new(Ids: ["messages:room"]), Cancelled);
        await SendAsync("alice", "three");
        Assert.Equal([("messages:room", 1), ("mentions:room", 1)], (await InboxAsync("bob", unread: true)).Items.Select(item => (item.Id, (int)item.Count)));
        Assert.Equal(0, (await Get<NotificationInbox>().ReadAsync(As("bob"), new(ConversationId: "room"), Cancelled)).Unread);
        Assert.Empty((await InboxAsync("bob", unread: true)).Items);
    }

    [Fact]
    public async Task Whoever_mutes_blocks_watches_or_wants_nothing_is_not_notified()
    {
        await Get<OwnViewService>().UpdateAsync(As("bob"), Room, new() { Muted = true }, Cancelled);
        await Get<BlockService>().PutAsync(As("carol"), "alice", Cancelled);
        await SendAsync("alice", "nobody hears");
        Assert.Empty((await InboxAsync("bob")).Items);
        Assert.Empty((await InboxAsync("carol")).Items);

        await Get<NotificationPreferenceService>().PutAsync(As("bob"), new(Conversations: new Dictionary<string, ConversationNotifications> { ["room"] = new(NotificationLevel.Mentions) }), Cancelled);
        await SendAsync("alice", "@channel");
        Assert.Equal(["mentions:room"], (await InboxAsync("bob")).Items.Select(item => item.Id));

        await Get<NotificationInbox>().ReadAsync(As("bob"), new(All: true), Cancelled);
        await Get<IWatchDirectory>().SetAsync("replica", [new(LogId.Of(Acme, Room), new("bob"), Watching: true)], Cancelled);
        await SendAsync("alice", "@bob, you look");
        Assert.Empty((await InboxAsync("bob", unread: true)).Items);
    }

    [Fact]
    public async Task What_a_shadow_banned_user_writes_notifies_nobody()
    {
        await Get<Caas.Core.Bans.BanService>().PutAsync(CorePlatform.Backend(), "alice", new("spam", Shadow: true), Cancelled);
        await SendAsync("alice", "@bob, buy this");
        await Get<UserService>().UpsertAsync(CorePlatform.Backend(), "dave", new("Dave"), Cancelled);
        await Get<MemberService>().AddAsync(As("alice"), Room, new(["dave"]), Cancelled);
        await NotifyAsync((await Get<IEntryStore>().ReadTailAsync(LogId.Of(Acme, Room), Cancelled)).Seq);
        Assert.Empty((await InboxAsync("dave")).Items);
        Assert.Empty((await InboxAsync("bob")).Items);
        Assert.Empty((await InboxAsync("carol")).Items);
    }

    [Fact]
    public async Task What_is_read_in_the_conversation_is_read_in_the_inbox_and_what_was_read_before_notifies_nobody()
    {
        var sent = await SendAsync("alice", "hello");
        Assert.Equal(1, (await InboxAsync("bob")).Unread);
        await Get<ReceiptService>().PutAsync(As("bob"), Room, new(ReadSeq: sent.Seq), Cancelled);
        await Eventually.HoldsAsync(async () => (await InboxAsync("bob")).Unread == 0 ? null : "it is unread", Cancelled);

        var late = await Get<MessageService>().SendAsync(As("alice"), Room, new("late"), null, Cancelled);
        await Get<ReceiptService>().PutAsync(As("bob"), Room, new(ReadSeq: late.Message.Seq), Cancelled);
        await NotifyAsync(late.Message.Seq);
        Assert.Equal(0, (await InboxAsync("bob")).Unread);
        Assert.Equal(2, (await InboxAsync("carol")).Items[0].Count);
    }

    [Fact]
    public async Task The_inbox_says_only_what_its_user_may_see_now()
    {
        var sent = await SendAsync("alice", "a secret");
        await Get<MessageService>().DeleteAsync(As("alice"), Room, sent.Id, Cancelled);
        var item = Assert.Single((await InboxAsync("bob")).Items);
        Assert.Equal((null, "ALICE: "), (item.MessageId, item.Body));

        var second = await SendAsync("alice", "another secret");
        Assert.Equal(second.Id, (await InboxAsync("carol")).Items[0].MessageId);
        await Get<MemberService>().RemoveAsync(As("alice"), Room, "carol", Cancelled);
        Assert.Empty((await InboxAsync("carol")).Items);
    }

    [Fact]
    public async Task A_consumer_that_dies_in_the_middle_loses_nothing_and_tells_nothing_twice()
    {
        string[] others = [.. Enumerable.Range(0, 35).Select(n => $"user-{n:00}")];
        foreach (var user in others)
        {
            await Get<UserService>().UpsertAsync(CorePlatform.Backend(), user, new(user), Cancelled);
        }

        await Get<MemberService>().AddAsync(As("alice"), Room, new(others), Cancelled);
        foreach (var user in others)
        {
            await Get<DeviceService>().PutAsync(As(user), "phone", new(DevicePlatform.Fcm, $"{user}-phone"), Cancelled);
            await Get<DeviceService>().PutAsync(As(user), "tablet", new(DevicePlatform.Fcm, $"{user}-tablet"), Cancelled);
        }

        var sent = (await Get<MessageService>().SendAsync(As("bob"), Room, new("to all of you"), null, Cancelled)).Message;
        for (Pushes.BreakAt = 1; Pushes.BreakAt <= 4; Pushes.BreakAt++)
        {
            Pushes.Calls = 0;
            await Assert.ThrowsAsync<StoreUnavailableException>(() => NotifyAsync(sent.Seq));
        }

        Pushes.BreakAt = 0;
        await NotifyAsync(sent.Seq);
        await NotifyAsync(sent.Seq);
        foreach (var user in others)
        {
            Assert.Equal(1, Assert.Single((await InboxAsync(user)).Items).Count);
        }

        var jobs = await Get<IPushStore>().ListDueAsync(DateTimeOffset.MaxValue.AddYears(-1), 1_000, Cancelled);
        Assert.Equal(others.SelectMany(user => new[] { (user, "phone"), (user, "tablet") }), jobs.Select(job => (job.User.Value, job.Device)).Order());
    }

    [Fact]
    public async Task Texts_are_the_tenants_in_the_users_language_and_what_a_message_says_is_no_template()
    {
        var german = new NotificationTexts(Message: new("{conversation}!", "{sender} schreibt: {text}"));
        var settings = new TenantNotifications("de", new Dictionary<string, NotificationTexts> { ["de"] = german, ["pt-BR"] = new(Message: new("oi", "{text}")) });
        var content = new NotificationContent("Ann {text}", "Room", "{sender} {count}");
        Assert.Equal(new("Room!", "Ann {text} schreibt: {sender} {count}"), NotificationTemplates.Render(settings, null, NotificationKind.Message, 1, content));
        Assert.Equal(new("oi", "{sender} {count}"), NotificationTemplates.Render(settings, "PT-br", NotificationKind.Message, 1, content));
        Assert.Equal("Room!", NotificationTemplates.Render(settings, "fr", NotificationKind.Message, 1, content).Title);
        Assert.Equal("oi", NotificationTemplates.Render(settings with { Languages = new Dictionary<string, NotificationTexts> { ["pt"] = new(Message: new("oi", "{text}")) } }, "pt-BR", NotificationKind.Message, 1, content).Title);
        Assert.Equal("7 new messages. Ann {text}: {sender} {count}", NotificationTemplates.Render(settings, "de", NotificationKind.Message, 7, content).Body);
        var emoji = NotificationTemplates.Shorten(new string('x', NotificationTemplates.MaxText - 2) + "👋👋");
        Assert.Equal(new string('x', NotificationTemplates.MaxText - 2) + "…", emoji);

        await Get<Caas.Core.Tenants.TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        foreach (var wrong in new[] { new NotificationText("{nobody}", "x"), new("", "x"), new("x", "{"), new("x", new string('x', 501)) })
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => Get<Caas.Core.Tenants.TenantService>().PutSettingsAsync(
                CorePlatform.Backend(), new() { Notifications = new(Languages: new Dictionary<string, NotificationTexts> { ["de"] = new(Call: wrong) }) }, Cancelled));
            Assert.Equal(Refusal.ValidationFailed, refused.Refusal);
        }
    }

    [Fact]
    public async Task What_is_none_of_our_events_can_never_be_handled_and_old_ones_notify_nobody()
    {
        foreach (var text in new[] { "{", "[]", """{"type":7}""", """{"type":"caas.message.created","tenantid":"acme","data":[]}""", """{"type":"caas.member.added","tenantid":"acme","data":{"conversationId":"room","seq":1,"type":"member.added"}}""" })
        {
            await Assert.ThrowsAsync<UnprocessableEventException>(() => Get<Notifier>().HandleAsync(new(Topics.Messages, "acme/room", System.Text.Encoding.UTF8.GetBytes(text)), Cancelled));
        }

        await Get<Notifier>().HandleAsync(new(Topics.Events, "acme/room", """{"type":"caas.something.else"}"""u8.ToArray()), Cancelled);
        var sent = (await Get<MessageService>().SendAsync(As("alice"), Room, new("old"), null, Cancelled)).Message;
        await NotifyAsync(sent.Seq, TimeProvider.System.GetUtcNow().AddDays(-2));
        Assert.Empty((await InboxAsync("bob")).Items);
    }

    [Fact]
    public async Task Ten_thousand_members_are_notified_in_pages()
    {
        UserId[] crowd = [.. Enumerable.Range(0, 9_997).Select(n => new UserId($"user-{n:00000}"))];
        var at = TimeProvider.System.GetUtcNow();
        await Get<IUserStore>().SaveAsync([.. crowd.Select(id => new User { Tenant = Acme, Id = id, Name = id.Value, Role = "user", CreatedAt = at, UpdatedAt = at, Rev = 1 })], Cancelled);
        foreach (var some in crowd.Chunk(1_000))
        {
            await Get<MemberService>().AddAsync(CorePlatform.Backend(), Room, new([.. some.Select(user => user.Value)]), Cancelled);
        }

        var sent = (await Get<MessageService>().SendAsync(As("alice"), Room, new("hello, everybody"), null, Cancelled)).Message;
        typeof(NotificationOptions).GetProperty(nameof(NotificationOptions.PageSize))!.SetValue(Get<Microsoft.Extensions.Options.IOptions<NotificationOptions>>().Value, 500);
        var began = Stopwatch.GetTimestamp();
        await NotifyAsync(sent.Seq);
        TestContext.Current.TestOutputHelper?.WriteLine($"9,999 members notified in {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms.");
        var rows = await Get<INotificationStore>().FindManyAsync(Acme, [.. crowd, new("bob"), new("carol"), new("alice")], "messages:room", Cancelled);
        Assert.Equal(9_999, rows.Count);
    }
}
