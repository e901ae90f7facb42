using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Reactions;
using Caas.Core.Users;
using Caas.Tests.Core;
using Xunit;

namespace Caas.Tests.Notifications;

/// <summary>What the notifier need not see, of a room of alice, bob and carol.</summary>
public sealed class NotificationSieveTests : NotifierSetUp
{
    /// <summary>The room was made, with its members: that is no matter here.</summary>
    private const long First = 1;

    private static readonly LogId Log = LogId.Of(Acme, Room);

    private long _looked;

    [Fact]
    public async Task A_message_is_left_out_while_everybody_else_watches_and_only_then()
    {
        await WatchAsync("bob");
        Assert.Equal([await SayAsync("alice")], await KeptAsync());
        await WatchAsync("carol");
        await SayAsync("alice");
        Assert.Empty(await KeptAsync());
        Assert.Equal([await SayAsync("bob")], await KeptAsync());
        await WatchAsync("alice");
        await SayAsync("bob");
        Assert.Empty(await KeptAsync());
        await WatchAsync("carol", watching: false);
        await SayAsync("carol");
        Assert.Equal([await SayAsync("alice")], await KeptAsync());
    }

    [Fact]
    public async Task Whoever_comes_later_counts_from_then_on_also_where_another_process_saw_it()
    {
        await WatchAsync("alice", "bob", "carol");
        await SayAsync("alice");
        Assert.Empty(await KeptAsync());
        var added = await AddAsync("dave");
        Assert.Equal([added, await SayAsync("alice")], await KeptAsync());

        await WatchAsync("dave");
        await SayAsync("alice");
        Assert.Empty(await KeptAsync());
        _looked = await AddAsync("eve");
        Assert.Equal([await SayAsync("alice")], await KeptAsync());
    }

    [Fact]
    public async Task What_notifies_nobody_is_left_out_and_what_may_notify_those_who_watch_is_kept()
    {
        await WatchAsync("alice", "bob", "carol");
        var sent = (await Get<MessageService>().SendAsync(As("alice"), Room, new("hello"), null, Cancelled)).Message;
        await Get<ReactionService>().AddAsync(As("bob"), Room, sent.Id, "👍", null, Cancelled);
        var edited = await Get<MessageService>().EditAsync(As("alice"), Room, sent.Id, new() { Text = "hello @bob" }, null, Cancelled);
        Assert.Equal([edited.Seq], await KeptAsync());
    }

    [Fact]
    public async Task In_a_large_conversation_nobody_is_asked_for()
    {
        await Get<UserService>().UpsertManyAsync(CorePlatform.Backend(), new([.. Enumerable.Range(0, 100).Select(i => new BatchUser($"u{i}", "U"))]), Cancelled);
        await Get<UserService>().UpsertManyAsync(CorePlatform.Backend(), new([.. Enumerable.Range(100, 100).Select(i => new BatchUser($"u{i}", "U"))]), Cancelled);
        await Get<MemberService>().AddAsync(As("alice"), Room, new([.. Enumerable.Range(0, 100).Select(i => $"u{i}")]), Cancelled);
        await Get<MemberService>().AddAsync(As("alice"), Room, new([.. Enumerable.Range(100, 100).Select(i => $"u{i}")]), Cancelled);
        await WatchAsync([.. Enumerable.Range(0, 200).Select(i => $"u{i}"), "alice", "bob", "carol"]);
        await KeptAsync();
        Assert.Equal([await SayAsync("alice")], await KeptAsync());
    }

    private async Task<long[]> KeptAsync()
    {
        var items = (await Get<IEntryStore>().ReadAfterAsync(Log, _looked, 1000, Cancelled)).Select(entry => new FeedItem(entry.Seq, new(Log, entry.Seq, entry.MessageNo, entry.Type, entry.Target, entry.ActorId, entry.At))).ToArray();
        _looked = items[^1].Entry.Seq;
        return [.. (await Get<NotificationSieve>().KeepAsync(items, Cancelled)).Select(item => item.Entry.Seq).Where(seq => seq > First)];
    }

    private async Task<long> SayAsync(string user) => (await Get<MessageService>().SendAsync(As(user), Room, new("hello"), null, Cancelled)).Message.Seq;

    private async Task<long> AddAsync(string user)
    {
        await Get<UserService>().UpsertAsync(CorePlatform.Backend(), user, new(user), Cancelled);
        await Get<MemberService>().AddAsync(As("alice"), Room, new([user]), Cancelled);
        return (await Get<IEntryStore>().ReadTailAsync(Log, Cancelled)).Seq;
    }

    private Task<bool> WatchAsync(params string[] users) => Get<IWatchDirectory>().SetAsync("replica", [.. users.Select(user => new UserWatch(Log, new(user), Watching: true))], Cancelled);

    private Task<bool> WatchAsync(string user, bool watching) => Get<IWatchDirectory>().SetAsync("replica", [new(Log, new(user), watching)], Cancelled);
}
