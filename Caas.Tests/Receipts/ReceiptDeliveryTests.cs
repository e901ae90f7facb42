using System.Threading.Channels;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Privacy;
using Caas.Core.Receipts;
using Caas.Core.Users;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Receipts;

/// <summary>Receipts over two replicas: done on one, seen on the other.</summary>
public sealed class ReceiptDeliveryTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mark_on_one_replica_is_told_to_those_who_watch_on_the_other()
    {
        await using var replicas = await Realtime.Replicas.StartAsync();
        var (alice, bob) = (await replicas.ConnectAsync("alice", 0), await replicas.ConnectAsync("bob", 1, messagePack: true));
        var told = Listen(alice);
        await alice.JoinAsync(0);
        await bob.JoinAsync(0);
        var seq = (await alice.SendAsync("hello")).Seq;
        await bob.CallAsync("MarkDelivered", "room", seq);
        Assert.Equal(new Receipt("room", "bob", seq, 1), await NextAsync(told, receipt => receipt.UserId == "bob"));
        await bob.CallAsync("MarkRead", "room", seq + 1000);
        Assert.Equal(new Receipt("room", "bob", seq, seq), await NextAsync(told, receipt => receipt.ReadSeq > 1));
        var cursors = await replicas.Get<ReceiptService>().ListAsync(replicas.CallerOf("alice"), new("room"), null, null, Cancelled);
        Assert.Contains(new ReceiptResponse("bob", seq, seq), cursors.Items);
        Assert.Empty(replicas.Errors);
    }

    [Fact]
    public async Task Three_devices_of_one_user_agree_on_what_is_unread_whichever_of_them_reads()
    {
        await using var replicas = await Realtime.Replicas.StartAsync();
        var (phone, tablet, desk) = (await replicas.ConnectAsync("bob", 0), await replicas.ConnectAsync("bob", 1), await replicas.ConnectAsync("bob", 1, messagePack: true));
        var own = Listen(desk);
        await desk.JoinAsync(0);
        long last = 0;
        for (var n = 0; n < 5; n++)
        {
            last = await replicas.SendAsync("alice", $"{n}");
        }

        await UntilUnreadAsync(tablet, 5);
        await phone.CallAsync("MarkRead", "room", last - 2);
        await UntilUnreadAsync(tablet, 2);
        Assert.Equal(last - 2, (await NextAsync(own, receipt => receipt.UserId == "bob")).ReadSeq);

        // The one that marked asks at once; the one that did not is told.
        Assert.Equal(2, (await phone.CallAsync<UnreadResponse>("GetUnread")).Conversations["room"]);
        await Task.WhenAll(phone.CallAsync("MarkRead", "room", last - 1), desk.CallAsync("MarkRead", "room", last), tablet.CallAsync("MarkRead", "room", last - 3));
        await UntilUnreadAsync(tablet, 0);
        await UntilUnreadAsync(phone, 0);
        Assert.Equal(0, (await desk.CallAsync<UnreadResponse>("GetUnread")).Total);
    }

    [Fact]
    public async Task Sending_moves_ones_own_cursor_and_never_makes_ones_own_message_unread()
    {
        await using var replicas = await Realtime.Replicas.StartAsync();
        var other = await replicas.ConnectAsync("bob", 1);
        await replicas.SendAsync("alice", "one");
        await UntilUnreadAsync(other, 1);
        var mine = await replicas.SendAsync("bob", "mine");
        await UntilUnreadAsync(other, 0);
        await Eventually.HoldsAsync(async () => (await replicas.Get<IMemberStore>().FindAsync(Realtime.Replicas.Tenant, new("room"), new("bob"), Cancelled)) is { } bob && bob.ReadSeq == mine && bob.DeliveredSeq == mine ? null : "bob's cursors do not stand at his message", Cancelled);
    }

    [Fact]
    public async Task What_a_member_hides_is_told_to_nobody_but_the_members_own_devices()
    {
        await using var replicas = await Realtime.Replicas.StartAsync();
        await replicas.Get<PrivacyService>().PutAsync(replicas.CallerOf("bob"), new(ReadReceipts: false), Cancelled);
        await replicas.Get<PrivacyService>().PutAsync(replicas.CallerOf("carol"), new(ReadReceipts: false, DeliveryReceipts: false), Cancelled);
        var (alice, bob, second, carol) = (await replicas.ConnectAsync("alice", 0), await replicas.ConnectAsync("bob", 1), await replicas.ConnectAsync("bob", 0), await replicas.ConnectAsync("carol", 1));
        var (told, own) = (Listen(alice), Listen(second));
        await alice.JoinAsync(0);
        await second.JoinAsync(0);
        var sent = await alice.SendAsync("hello");
        await carol.CallAsync("MarkRead", "room", sent.Seq);
        Assert.Equal(0, (await carol.CallAsync<UnreadResponse>("GetUnread")).Total);
        await bob.CallAsync("MarkRead", "room", sent.Seq);

        // Carol's was written before Bob's: had it been told, it would be here first.
        Assert.Equal(new Receipt("room", "bob", sent.Seq, null), await NextAsync(told, receipt => receipt.UserId != "alice"));
        Assert.Equal(new Receipt("room", "bob", sent.Seq, sent.Seq), await NextAsync(own, receipt => receipt.UserId == "bob"));
        var receipts = replicas.Get<ReceiptService>();
        var seen = (await receipts.ListAsync(replicas.CallerOf("alice"), new("room"), null, null, Cancelled)).Items;
        Assert.Equal([("bob", sent.Seq, null), ("carol", null, null)], seen.Where(one => one.UserId != "alice").Select(one => (one.UserId, one.DeliveredSeq, one.ReadSeq)));
        Assert.Contains(new ReceiptResponse("carol", sent.Seq, sent.Seq), (await receipts.ListAsync(replicas.CallerOf("carol"), new("room"), null, null, Cancelled)).Items);
        Assert.Equal([new("bob", false)], (await receipts.ListOfMessageAsync(replicas.CallerOf("alice"), new("room"), sent.MessageId, null, null, Cancelled)).Items);
        Assert.Equal([new("bob", false), new("carol", true)], (await receipts.ListOfMessageAsync(replicas.CallerOf("carol"), new("room"), sent.MessageId, null, null, Cancelled)).Items);
    }

    [Fact]
    public async Task In_a_larger_conversation_only_ones_own_devices_are_told_and_everyone_can_ask()
    {
        await using var replicas = await Realtime.Replicas.StartAsync(2, new() { ["Caas:Receipts:PushedMembers"] = "2" });
        var (alice, bob, second) = (await replicas.ConnectAsync("alice", 0), await replicas.ConnectAsync("bob", 1), await replicas.ConnectAsync("bob", 0));
        var (told, own) = (Listen(alice), Listen(second));
        await alice.JoinAsync(0);
        await second.JoinAsync(0);
        var seq = (await alice.SendAsync("hello")).Seq;
        await bob.CallAsync("MarkRead", "room", seq);
        Assert.Equal(seq, (await NextAsync(own, receipt => receipt.UserId == "bob")).ReadSeq);
        Assert.False(told.Reader.TryRead(out _));
        Assert.Contains(new ReceiptResponse("bob", seq, seq), (await replicas.Get<ReceiptService>().ListAsync(replicas.CallerOf("alice"), new("room"), null, null, Cancelled)).Items);
    }

    [Fact]
    public async Task Whoever_joins_later_has_nothing_unread_and_is_not_among_those_who_have_an_older_message()
    {
        await using var replicas = await Realtime.Replicas.StartAsync(1);
        await replicas.Get<UserService>().UpsertAsync(Realtime.Replicas.System, "dave", new("Dave"), Cancelled);
        var sent = await replicas.Get<MessageService>().SendAsync(replicas.CallerOf("alice"), new("room"), new("before"), null, Cancelled);
        await replicas.Get<MemberService>().AddAsync(Realtime.Replicas.System, new("room"), new(["dave"]), Cancelled);
        var dave = replicas.CallerOf("dave");
        Assert.Equal(0, (await replicas.Get<ConversationReader>().GetAsync(dave, new("room"), Cancelled)).Unread);
        Assert.Empty((await replicas.Get<ReceiptService>().ListOfMessageAsync(dave, new("room"), sent.Message.Id, null, null, Cancelled)).Items);
        await replicas.SendAsync("alice", "after");
        Assert.Equal(1, (await replicas.Get<ConversationReader>().GetAsync(dave, new("room"), Cancelled)).Unread);
    }

    private static Channel<Receipt> Listen(Realtime.Client client)
    {
        var told = Channel.CreateUnbounded<Receipt>();
        client.Hub.On<Receipt>(nameof(IRealtimeClient.Receipt), receipt => told.Writer.TryWrite(receipt));
        return told;
    }

    private static async Task<Receipt> NextAsync(Channel<Receipt> told, Func<Receipt, bool> wanted)
    {
        while (true)
        {
            var receipt = await told.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(Realtime.Replicas.Bound, Cancelled);
            if (wanted(receipt))
            {
                return receipt;
            }
        }
    }

    private static async Task UntilUnreadAsync(Realtime.Client client, long unread)
    {
        while ((await client.UpdateAsync()).Unread != unread)
        {
        }
    }
}
