using System.Threading.Channels;
using Caas.Contracts;
using Caas.Core.Devices;
using Caas.Core.Entries;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Push;
using Caas.Tests.Calls;
using Caas.Tests.Client;
using Caas.Tests.Push;
using Caas.Tests.Realtime;
using Caas.Tests.Redis;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Notifications;

/// <summary>From a message on one replica to devices on another.</summary>
public sealed class NotificationReplicaTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_does_not_watch_is_told_on_whatever_replica_and_who_is_away_waits_for_a_push()
    {
        // What waits is to be seen waiting: the worker that pushes has looked before it is there.
        await using var replicas = await Replicas.StartAsync(settings: new() { ["Caas:Push:Period"] = "00:01:00" }, users: ["alice", "bob", "carol", "dave"]);
        await HeardAsync(replicas, "bob", "carol", "dave");
        var told = Channel.CreateUnbounded<(string Who, NotificationResponse Notification)>();
        var left = Channel.CreateUnbounded<long>();
        await using var bob = replicas.Connection("bob", 1);
        bob.Notified += notification => told.Writer.TryWrite(("bob", notification));
        bob.NotificationsRead += unread => left.Writer.TryWrite(unread);
        await bob.ConnectAsync(Cancelled).Soon();
        var laptop = await replicas.ConnectAsync("bob", 0, messagePack: true);
        laptop.Hub.On<NotificationResponse>(nameof(IRealtimeClient.Notification), notification => told.Writer.TryWrite(("bob's laptop", notification)));
        var carol = await replicas.ConnectAsync("carol", 1);
        carol.Hub.On<NotificationResponse>(nameof(IRealtimeClient.Notification), notification => told.Writer.TryWrite(("carol", notification)));
        await carol.Hub.InvokeAsync<JoinResult>("JoinConversation", "room", null, Cancelled).Soon();
        await replicas.Get<DeviceService>().PutAsync(replicas.CallerOf("dave"), "phone", new(DevicePlatform.Fcm, "token"), Cancelled);
        await Eventually.HoldsAsync(async () => (await replicas.Get<IWatchDirectory>(0).ReadAsync(new(Replicas.Tenant, "room"), Cancelled)).Count == 1 ? null : "carol is not seen to watch", Cancelled);
        await Eventually.HoldsAsync(
            async () => (await replicas.Presence.ReadAsync(Replicas.Tenant, [new("bob")], Cancelled))[0].Status == PresenceStatus.Online ? null : "bob is not seen to be there", Cancelled);

        var seq = await replicas.SendAsync("alice", "Are you there?", replica: 0);
        var both = new[] { await told.Reader.ReadAsync(Cancelled).AsTask().Soon(), await told.Reader.ReadAsync(Cancelled).AsTask().Soon() };
        Assert.Equal(["bob", "bob's laptop"], both.Select(one => one.Who).Order(StringComparer.Ordinal));
        Assert.All(both, one => Assert.Equal(("messages:room", seq, "Room", "alice: Are you there?"), (one.Notification.Id, one.Notification.Seq, one.Notification.Title, one.Notification.Body)));
        Assert.Equal([both[0].Notification], (await replicas.Get<NotificationInbox>(0).ListAsync(replicas.CallerOf("bob"), true, null, null, Cancelled)).Items);
        Assert.Equal(0, (await replicas.Get<NotificationInbox>(1).ListAsync(replicas.CallerOf("carol"), true, null, null, Cancelled)).Unread);
        Assert.Equal(("dave", "phone", seq), Assert.Single(await replicas.Get<IPushStore>(1).ListDueAsync(DateTimeOffset.MaxValue.AddYears(-1), 10, Cancelled), job => job.Seq == seq) is var job ? (job.User.Value, job.Device, job.Seq) : default);

        await replicas.Get<NotificationInbox>(0).ReadAsync(replicas.CallerOf("bob"), new(All: true), Cancelled);
        Assert.Equal(0, await left.Reader.ReadAsync(Cancelled).AsTask().Soon());
        await carol.Hub.InvokeAsync("LeaveConversation", "room", Cancelled).Soon();
        await Eventually.HoldsAsync(async () => (await replicas.Get<IWatchDirectory>(0).ReadAsync(new(Replicas.Tenant, "room"), Cancelled)).Count == 0 ? null : "carol is seen to watch", Cancelled);
        var latest = await replicas.SendAsync("alice", "And you, @carol?", replica: 1);
        var next = new[] { await told.Reader.ReadAsync(Cancelled).AsTask().Soon(), await told.Reader.ReadAsync(Cancelled).AsTask().Soon(), await told.Reader.ReadAsync(Cancelled).AsTask().Soon() };
        Assert.Equal(NotificationKind.Mention, next.Single(one => one.Who == "carol").Notification.Kind);

        // What one device reads of the conversation the others hear.
        await laptop.Hub.InvokeAsync("MarkRead", "room", latest, Cancelled).Soon();
        Assert.Equal(0, await left.Reader.ReadAsync(Cancelled).AsTask().Soon());
        Assert.Empty(replicas.Errors);
    }

    [Fact]
    public async Task What_is_deleted_on_one_replica_leaves_the_inbox_on_devices_of_another()
    {
        await using var replicas = await Replicas.StartAsync();
        var told = Channel.CreateUnbounded<NotificationWithdrawn>();
        await using var bob = replicas.Connection("bob", 1);
        bob.NotificationWithdrawn += withdrawn => told.Writer.TryWrite(withdrawn);
        await bob.ConnectAsync(Cancelled).Soon();
        await Eventually.HoldsAsync(
            async () => (await replicas.Presence.ReadAsync(Replicas.Tenant, [new("bob")], Cancelled))[0].Status == PresenceStatus.Online ? null : "bob is not seen to be there", Cancelled);
        var first = await replicas.SendAsync("alice", "stays", replica: 0);
        var second = await replicas.SendAsync("alice", "goes", replica: 1);
        await Eventually.HoldsAsync(async () => (await InboxAsync()).Items.Any(item => item.Seq == second && item.Count == 2) ? null : "bob was not notified", Cancelled);

        await DeleteAsync(second);
        var less = await told.Reader.ReadAsync(Cancelled).AsTask().Soon();
        Assert.Equal(("messages:room", first, 1L, "alice: stays"), (less.Id, less.Notification!.Seq, less.Notification.Count, less.Notification.Body));
        Assert.Equal((await InboxAsync()).Unread, less.Unread);
        await DeleteAsync(first);
        var gone = await told.Reader.ReadAsync(Cancelled).AsTask().Soon();
        Assert.Equal(("messages:room", null, less.Unread - 1), (gone.Id, gone.Notification, gone.Unread));
        Assert.DoesNotContain((await InboxAsync()).Items, item => item.Type == NotificationType.Messages);
        Assert.Empty(replicas.Errors);

        Task<NotificationPage> InboxAsync() => replicas.Get<NotificationInbox>(1).ListAsync(replicas.CallerOf("bob"), true, null, null, Cancelled);

        async Task DeleteAsync(long seq)
        {
            var message = (await replicas.Get<IEntryStore>(0).ReadManyAsync(new(Replicas.Tenant, "room"), [seq], Cancelled))[0];
            await replicas.Get<MessageService>(0).DeleteAsync(replicas.CallerOf("alice"), new("room"), message.Id, Cancelled);
        }
    }

    [Fact]
    public async Task A_mention_that_is_edited_out_on_one_replica_leaves_the_inbox_on_devices_of_another()
    {
        await using var replicas = await Replicas.StartAsync();
        await HeardAsync(replicas, "bob");
        var told = Channel.CreateUnbounded<NotificationWithdrawn>();
        await using var bob = replicas.Connection("bob", 1);
        bob.NotificationWithdrawn += withdrawn => told.Writer.TryWrite(withdrawn);
        await bob.ConnectAsync(Cancelled).Soon();
        await Eventually.HoldsAsync(
            async () => (await replicas.Presence.ReadAsync(Replicas.Tenant, [new("bob")], Cancelled))[0].Status == PresenceStatus.Online ? null : "bob is not seen to be there", Cancelled);
        var sent = (await replicas.Get<MessageService>(0).SendAsync(replicas.CallerOf("alice"), new("room"), new("Look, @bob"), null, Cancelled)).Message;
        await Eventually.HoldsAsync(async () => (await InboxAsync()).Items is [{ Kind: NotificationKind.Mention }] ? null : "bob was not notified", Cancelled);
        await replicas.Get<MessageService>(0).EditAsync(replicas.CallerOf("alice"), new("room"), sent.Id, new() { Text = "Look" }, null, Cancelled);
        Assert.Equal(new("mentions:room", null, 0), await told.Reader.ReadAsync(Cancelled).AsTask().Soon());
        Assert.Empty((await InboxAsync()).Items);
        Assert.Empty(replicas.Errors);

        Task<NotificationPage> InboxAsync() => replicas.Get<NotificationInbox>(1).ListAsync(replicas.CallerOf("bob"), true, null, null, Cancelled);
    }

    [Fact]
    public async Task A_call_waits_for_a_push_to_the_phone_of_who_is_connected_to_another_replica()
    {
        await using var replicas = await Replicas.StartAsync(settings: new() { ["Caas:Push:Period"] = "00:01:00" });
        var (alice, bob) = (await CallSeat.TakeAsync(replicas, "alice", 0), await CallSeat.TakeAsync(replicas, "bob", 1));
        await replicas.Get<DeviceService>(1).PutAsync(replicas.CallerOf("bob"), "phone", new(DevicePlatform.Fcm, "token"), Cancelled);
        var call = await alice.StartAsync("bob");
        Assert.Equal(call.CallId, (await bob.NextAsync<CallRinging>()).CallId);
        await Eventually.HoldsAsync(
            async () => await replicas.Get<IPushStore>(1).ListDueAsync(DateTimeOffset.MaxValue.AddYears(-1), 10, Cancelled) is [{ IsCall: true, Device: "phone", Service: "Fcm" }] ? null : "no push waits", Cancelled);
        Assert.Empty(replicas.Errors);
    }

    [Fact]
    public async Task Who_is_invited_to_a_call_that_goes_on_has_the_phone_rung_wherever_the_call_is()
    {
        await using var replicas = await Replicas.StartAsync(settings: new() { ["Caas:Push:Period"] = "00:01:00" });
        var (alice, bob) = (await CallSeat.TakeAsync(replicas, "alice", 0), await CallSeat.TakeAsync(replicas, "bob", 1));
        await replicas.Get<DeviceService>(1).PutAsync(replicas.CallerOf("carol"), "phone", new(DevicePlatform.Apns, VoipToken: "aa"), Cancelled);
        var call = await alice.StartInAsync("room", ["bob"]);
        await bob.AcceptAsync(call.CallId);
        await bob.Client.CallAsync("InviteToCall", call.CallId, new[] { "carol" });
        await Eventually.HoldsAsync(
            async () => (await replicas.Get<IPushStore>(0).ListDueAsync(DateTimeOffset.MaxValue.AddYears(-1), 10, Cancelled)).Count(job => job is { IsCall: true, Device: "phone", User.Value: "carol" }) == 1 ? null : "carol's phone does not ring", Cancelled);
        Assert.Empty(replicas.Errors);
    }

    [Fact]
    public async Task What_comes_while_a_connection_that_has_ended_counts_on_is_pushed_when_it_does_no_more()
    {
        await using var replicas = await Replicas.StartAsync(settings: new() { ["Caas:Push:Period"] = "00:01:00", ["Caas:Presence:Grace"] = "00:00:02", ["Caas:Presence:Period"] = "00:00:00.100" });
        await HeardAsync(replicas, "bob");
        await replicas.Get<DeviceService>(1).PutAsync(replicas.CallerOf("bob"), "phone", new(DevicePlatform.Fcm, "token"), Cancelled);
        await using (var bob = replicas.Connection("bob", 1))
        {
            await bob.ConnectAsync(Cancelled).Soon();
            await Eventually.HoldsAsync(
                async () => (await replicas.Presence.ReadAsync(Replicas.Tenant, [new("bob")], Cancelled))[0].Status == PresenceStatus.Online ? null : "bob is not seen to be there", Cancelled);
        }

        var seq = await replicas.SendAsync("alice", "Are you there?", replica: 0);
        await Eventually.HoldsAsync(
            async () => (await replicas.Get<IPushStore>(0).ListDueAsync(DateTimeOffset.MaxValue.AddYears(-1), 10, Cancelled)).Any(job => job.Seq == seq && job.User.Value == "bob") ? null : "nothing is pushed", Cancelled);
        Assert.Empty(replicas.Errors);
    }

    [Fact]
    public async Task Who_watches_is_known_again_after_Redis_was_emptied()
    {
        await using var redis = new GarnetRedis();
        await redis.StartAsync();
        await using var replicas = await Replicas.StartAsync(settings: new() { ["Caas:Presence:Period"] = "00:00:00.100" }, redis: redis.ConnectionString);
        var bob = await replicas.ConnectAsync("bob", 1);
        await bob.Hub.InvokeAsync<JoinResult>("JoinConversation", "room", null, Cancelled).Soon();
        await WatchesAsync();
        await redis.KillAsync();
        await redis.StartAsync();
        await WatchesAsync();

        Task WatchesAsync() => Eventually.HoldsAsync(async () => (await replicas.Get<IWatchDirectory>(0).ReadAsync(new(Replicas.Tenant, "room"), Cancelled)).Contains(new("bob")) ? null : "bob is not seen to watch", Cancelled);
    }

    [Fact]
    public async Task What_a_user_prefers_and_registers_on_one_replica_counts_on_the_other()
    {
        await using var replicas = await Replicas.StartAsync();
        await HeardAsync(replicas, "bob", "carol");
        await replicas.Get<NotificationPreferenceService>(0).PutAsync(replicas.CallerOf("bob"), new(Channels: new(InApp: false)), Cancelled);
        Assert.False((await replicas.Get<NotificationPreferenceService>(1).GetAsync(replicas.CallerOf("bob"), Cancelled)).Channels.InApp);
        await replicas.Get<DeviceService>(0).PutAsync(replicas.CallerOf("bob"), "phone", new(DevicePlatform.Fcm, "token"), Cancelled);
        await replicas.Get<DeviceService>(0).PutAsync(replicas.CallerOf("carol"), "phone", new(DevicePlatform.Fcm, "token"), Cancelled);
        Assert.Empty((await replicas.Get<DeviceService>(1).ListAsync(replicas.CallerOf("bob"), Cancelled)).Items);
        Assert.Equal(["phone"], (await replicas.Get<DeviceService>(1).ListAsync(replicas.CallerOf("carol"), Cancelled)).Items.Select(device => device.Id));

        await replicas.SendAsync("alice", "hello", replica: 1);
        await Eventually.HoldsAsync(async () => (await replicas.Get<NotificationInbox>(0).ListAsync(replicas.CallerOf("carol"), true, null, null, Cancelled)).Unread == 1 ? null : "carol was not notified", Cancelled);
        Assert.Empty((await replicas.Get<NotificationInbox>(1).ListAsync(replicas.CallerOf("bob"), unread: true, null, null, Cancelled)).Items);
    }

    /// <summary>Those who are members from the beginning have read that they are.</summary>
    private static async Task HeardAsync(Replicas replicas, params string[] users)
    {
        foreach (var user in users)
        {
            await Eventually.HoldsAsync(async () => (await replicas.Get<NotificationInbox>(0).ListAsync(replicas.CallerOf(user), true, null, null, Cancelled)).Unread == 1 ? null : $"{user} was not told of the room", Cancelled);
            await replicas.Get<NotificationInbox>(0).ReadAsync(replicas.CallerOf(user), new(All: true), Cancelled);
        }
    }
}
