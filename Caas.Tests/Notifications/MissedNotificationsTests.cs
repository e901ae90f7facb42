using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Presence;
using Caas.Core.Push;
using Caas.Core.Receipts;
using Caas.Tests.Push;
using Xunit;

namespace Caas.Tests.Notifications;

/// <summary>Who was taken for connected, and was not.</summary>
public sealed class MissedNotificationsTests : NotifierSetUp
{
    [Fact]
    public async Task What_came_while_a_connection_died_and_was_not_read_is_pushed_once_also_of_what_it_watched()
    {
        await Get<DeviceService>().PutAsync(As("bob"), "phone", new(DevicePlatform.Fcm, "token"), Cancelled);
        var presence = Get<IPresenceDirectory>();
        await presence.TickAsync("replica", TimeSpan.FromMinutes(1), Cancelled);
        await presence.ReportAsync("replica", [new(Acme, new("bob"), LocalPresence.Active)], Cancelled);
        var named = await SendAsync("carol", "Look, @bob");
        var read = await SendAsync("alice", "read");
        await Get<ReceiptService>().PutAsync(As("bob"), Room, new(ReadSeq: read.Seq), Cancelled);
        await Eventually.HoldsAsync(async () => (await Get<IMemberStore>().FindAsync(Acme, Room, new("bob"), Cancelled))!.ReadSeq == read.Seq ? null : "it is not read", Cancelled);
        Assert.True(named.Seq < read.Seq);

        var log = LogId.Of(Acme, Room);
        await Get<IWatchDirectory>().SetAsync("replica", [new(log, new("bob"), Watching: true)], Cancelled);
        var watched = await SendAsync("alice", "watched");
        await Get<IWatchDirectory>().SetAsync("replica", [new(log, new("bob"), Watching: false)], Cancelled);
        var mention = await SendAsync("alice", "Look, @bob");
        var deleted = await SendAsync("alice", "deleted");
        await NotifyAsync((await Get<MessageService>().DeleteAsync(As("alice"), Room, deleted.Id, Cancelled)).Seq);
        Assert.Empty(await PushesAsync());
        await Get<IConversationStore>().SummarizeAsync([(Acme, Room, new(deleted.Seq, 5, deleted.Seq, deleted.CreatedAt))], Cancelled);

        await presence.ReportAsync("replica", [new(Acme, new("bob"), LocalPresence.None)], Cancelled);
        await MakeUpAsync(deleted.CreatedAt.AddHours(1));
        Assert.Empty(await PushesAsync());
        await MakeUpAsync(named.CreatedAt.AddMinutes(-1));
        await MakeUpAsync(named.CreatedAt.AddMinutes(-1));
        Assert.Equal([watched.Seq, mention.Seq], (await PushesAsync()).Select(job => job.Seq).Order());
        Assert.Equal(("ALICE: watched", 1L), Assert.Single((await InboxAsync("bob", unread: true)).Items, item => item.Type == NotificationType.Messages) is var item ? (item.Body, item.Count) : default);
    }

    private Task MakeUpAsync(DateTimeOffset since) => Get<MissedNotifications>().MakeUpAsync(Acme, new("bob"), since, Cancelled);

    private Task<IReadOnlyList<PushJob>> PushesAsync() => Get<IPushStore>().ListDueAsync(DateTimeOffset.MaxValue.AddYears(-1), 10, Cancelled);
}
