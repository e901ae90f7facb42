using Caas.Contracts;
using Caas.Core.Blocks;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Messages;
using Caas.Core.Pins;
using Caas.Core.Presence;
using Caas.Core.Reactions;
using Caas.Core.Receipts;
using Caas.Core.Refusals;
using Caas.Realtime.Connections;
using Caas.Tests.Realtime;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Blocks;

/// <summary>Blocks over two replicas: blocked on one, without effect on nobody but the two on either.</summary>
public sealed class BlockTests : TwoReplicas
{
    [Fact]
    public async Task Who_has_just_connected_is_told_nothing_of_whom_it_blocks()
    {
        await BlockAsync("alice", "bob", replica: 1);

        // Its blocks have not been read yet.
        var carrier = new FakeCarrier();
        Replicas.Get<LocalConnections>().Add(Parts.Connection(carrier, "alice"));
        await Replicas.SendAsync("carol", "to be seen", replica: 1);
        await carrier.WhenWrittenAsync(1, Cancelled);
        await Replicas.SendAsync("bob", "not to be seen", replica: 1);
        await carrier.WhenWrittenAsync(2, Cancelled);
        Assert.All(carrier.Written.Where(written => written.Method == nameof(IRealtimeClient.ConversationUpdated)), written => Assert.Equal("to be seen", written.Argument.GetProperty("lastMessage").GetProperty("text").GetString()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_a_group_the_blocker_gets_only_the_place_of_the_others_entries_and_everyone_else_all_of_them(bool messagePack)
    {
        var (alice, bob, carol) = (await Replicas.ConnectAsync("alice", 0, messagePack), await Replicas.ConnectAsync("bob", 1), await Replicas.ConnectAsync("carol", 1, !messagePack));
        await BlockAsync("alice", "bob", replica: 1);
        await alice.JoinAsync();
        await bob.JoinAsync();
        await carol.JoinAsync();
        var (hidden, shown) = (await bob.SendAsync("for carol"), await carol.SendAsync("for all"));
        await carol.CallAsync<ChangeResult>("AddReaction", "room", hidden.MessageId, "x");
        var reply = await Replicas.Get<MessageService>().SendAsync(Replicas.CallerOf("carol"), new("room"), new("a reply", ThreadOf: hidden.MessageId, QuoteOf: hidden.MessageId), null, Cancelled);
        await bob.CallAsync<ChangeResult>("AddReaction", "room", shown.MessageId, "y");

        var got = await alice.EntriesAsync(5);
        Assert.Equal(["hidden", "message.created", "hidden", "message.created", "reaction.added"], got.Select(entry => entry.Type));
        Assert.Equal(Enumerable.Range((int)hidden.Seq, 5).Select(seq => (long)seq), got.Select(entry => entry.Seq));
        Assert.Equal(new EntryResponse("room", hidden.Seq, "hidden", null, null, null), got[0]);
        Assert.Equal(("a reply", null, null), (got[3].Message!.Text, got[3].Root, got[3].Message!.Quote));
        Assert.Equal(["message.created", "message.created", "reaction.added", "message.created", "reaction.added"], (await carol.EntriesAsync(5)).Select(entry => entry.Type));
        Assert.Equal("for carol", (await bob.EntryAsync()).Message!.Text);

        // What is read says the same, on either replica.
        var joined = await (await Replicas.ConnectAsync("alice", 1)).JoinAsync(hidden.Seq - 1);
        Assert.Equal(["hidden", "message.created", "hidden", "message.created", "reaction.added"], joined.Items.Select(entry => entry.Type));
        Assert.Equal((null, null), (joined.Items[3].Root, joined.Items[3].Message!.Quote));
        Assert.NotNull(reply.Message.Quote);
        var caller = Replicas.CallerOf("alice");
        var messages = Replicas.Get<MessageReader>();
        Assert.DoesNotContain((await messages.ListAsync(caller, new("room"), new(null, null, null, 50), Cancelled)).Items, message => message.SenderId == "bob");
        await RefusedAsync(Refusal.MessageNotFound, () => messages.GetAsync(caller, new("room"), hidden.MessageId, Cancelled));
        await RefusedAsync(Refusal.MessageNotFound, () => Replicas.Get<ReactionService>().AddAsync(caller, new("room"), hidden.MessageId, "x", null, Cancelled));
        await RefusedAsync(Refusal.MessageNotFound, () => Replicas.Get<ReceiptService>().ListOfMessageAsync(caller, new("room"), hidden.MessageId, null, null, Cancelled));
        await RefusedAsync(Refusal.MessageNotFound, () => Replicas.Get<MessageService>().SendAsync(caller, new("room"), new("a reply", ThreadOf: hidden.MessageId), null, Cancelled));
        Assert.Null((await Replicas.Get<ReactionService>().AddAsync(caller, new("room"), reply.Message.Id, "x", null, Cancelled)).Message.Quote);
        Assert.Null((await Replicas.Get<ReactionService>().AddAsync(caller, new("room"), reply.Message.Id, "x", null, Cancelled)).Message.Quote);
        Assert.Equal("for carol", (await messages.GetAsync(Replicas.CallerOf("carol"), new("room"), hidden.MessageId, Cancelled)).Text);
        Assert.Equal("for carol", (await messages.GetAsync(Replicas.System, new("room"), hidden.MessageId, Cancelled)).Text);
        Assert.Equal(reply.Message.Id, (await messages.GetAsync(caller, new("room"), reply.Message.Id, Cancelled)).Id);
    }

    [Fact]
    public async Task Who_watches_is_spared_from_the_block_on_and_sees_again_when_it_ends()
    {
        var (alice, bob) = (await Replicas.ConnectAsync("alice", 0), await Replicas.ConnectAsync("bob", 1));
        await alice.JoinAsync();
        await bob.SendAsync("before");
        Assert.Equal("before", (await alice.EntryAsync()).Message!.Text);
        await BlockAsync("alice", "bob", replica: 1);
        await Eventually.HoldsAsync(async () => await NextTypeAsync(bob, alice) == "hidden" ? null : "alice still sees bob's messages", Cancelled);
        await Replicas.Get<BlockService>().DeleteAsync(Replicas.CallerOf("alice"), "bob", Cancelled);
        await Eventually.HoldsAsync(async () => await NextTypeAsync(bob, alice) == "hidden" ? "alice does not see bob's messages again" : null, Cancelled);
        Assert.DoesNotContain((await Replicas.Get<EntryReader>().ReadAfterAsync(Replicas.CallerOf("alice"), new("room"), 0, 100, Cancelled)).Items, entry => entry.Type == "hidden");
    }

    [Theory]
    [InlineData("alice", "bob")]
    [InlineData("bob", "alice")]
    public async Task In_a_direct_conversation_neither_sees_the_others_messages_nor_sends(string one, string other)
    {
        var (created, _) = await Replicas.Get<ConversationService>().CreateAsync(Replicas.CallerOf("alice"), new(ConversationType.Direct, MemberIds: ["bob"]), Cancelled);
        var (alice, bob) = (await Replicas.ConnectAsync("alice", 0), await Replicas.ConnectAsync("bob", 1));
        var (fromAlice, fromBob) = (await alice.SendAsync("from alice", conversation: created.Id), await bob.SendAsync("from bob", conversation: created.Id));
        await BlockAsync(one, other, replica: 1);

        foreach (var (client, own, theirs) in new[] { (alice, fromAlice, fromBob), (bob, fromBob, fromAlice) })
        {
            await Eventually.HoldsAsync(async () => await RefusalOrNullAsync(() => client.SendAsync("no", conversation: created.Id)) is { } refusal && refusal.StartsWith("blocked: ", StringComparison.Ordinal) ? null : "it may still send", Cancelled);
            Assert.StartsWith("blocked: ", await client.RefusalAsync("AddReaction", created.Id, own.MessageId, "x"), StringComparison.Ordinal);
            Assert.StartsWith("blocked: ", await client.RefusalAsync("PinMessage", created.Id, own.MessageId), StringComparison.Ordinal);
            Assert.StartsWith("blocked: ", await client.RefusalAsync("EditMessage", new HubEditMessageRequest(created.Id, own.MessageId) { Text = new("changed") }), StringComparison.Ordinal);
            var items = (await client.JoinAsync(0, created.Id)).Items.ToDictionary(entry => entry.Seq, entry => entry.Type);
            Assert.Equal(("message.created", "hidden"), (items[own.Seq], items[theirs.Seq]));
        }

        var (read, _) = await Replicas.Get<ConversationService>().CreateAsync(Replicas.CallerOf("alice"), new(ConversationType.Direct, MemberIds: ["bob"]), Cancelled);
        Assert.Equal(created.Id, read.Id);
        await RefusedAsync(Refusal.Blocked, async () =>
        {
            await BlockAsync("carol", "alice");
            await Replicas.Get<ConversationService>().CreateAsync(Replicas.CallerOf("alice"), new(ConversationType.Direct, MemberIds: ["carol"]), Cancelled);
        });
    }

    [Fact]
    public async Task What_is_hidden_is_neither_unread_nor_a_preview_nor_pinned_nor_a_mention()
    {
        var idle = await Replicas.ConnectAsync("alice", 1);
        await BlockAsync("alice", "bob");
        var pinned = await Replicas.Get<MessageService>().SendAsync(Replicas.CallerOf("bob"), new("room"), new("one", Mentions: ["alice", "carol"]), null, Cancelled);
        await Replicas.Get<PinService>().PinAsync(Replicas.System, new("room"), pinned.Message.Id, null, Cancelled);
        await Replicas.SendAsync("carol", "two");
        var last = await Replicas.SendAsync("bob", "three", replica: 1);
        Assert.Equal(["carol"], pinned.Message.Mentions);

        var caller = Replicas.CallerOf("alice");
        Assert.Empty((await Replicas.Get<PinService>(1).ListAsync(caller, new("room"), null, null, Cancelled)).Items);
        await Eventually.HoldsAsync(async () =>
        {
            var listed = Assert.Single((await Replicas.Get<ConversationReader>(1).ListAsync(caller, null, null, null, Cancelled)).Items);
            return listed is { LastMessage.Text: "two", Unread: 1 } && listed.LastSeq == last ? null : $"the list says {listed}";
        }, Cancelled);
        var fresh = await Replicas.Get<ConversationReader>().GetAsync(caller, new("room"), Cancelled);
        Assert.Equal(("two", 1L, last), (fresh.LastMessage!.Text, fresh.Unread!.Value, fresh.LastSeq));
        Assert.Equal(1, (await Replicas.Get<ReceiptService>().GetUnreadAsync(caller, Cancelled)).Total);
        Assert.Equal(3, (await Replicas.Get<ReceiptService>().GetUnreadAsync(Replicas.CallerOf("carol"), Cancelled)).Total + 2);
        await Eventually.HoldsAsync(async () => await idle.UpdateAsync() is { Unread: 1, LastMessage.Text: "two" } update && update.LastSeq == last ? null : "the update tells otherwise", Cancelled);
    }

    [Fact]
    public async Task Presence_typing_and_receipts_of_either_are_nothing_to_the_other()
    {
        var (alice, bob) = (await Replicas.ConnectAsync("alice", 0), await Replicas.ConnectAsync("bob", 1));
        var typed = new TaskCompletionSource<TypingState>(TaskCreationOptions.RunContinuationsAsynchronously);
        var receipts = new System.Collections.Concurrent.ConcurrentQueue<Receipt>();
        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bob.Hub.On<TypingState>("Typing", state => typed.TrySetResult(state));
        bob.Hub.On<Receipt>("Receipt", receipts.Enqueue);
        bob.Hub.On<PresenceState>("Presence", state => (state.Status == PresenceStatus.Offline ? gone : back).TrySetResult());
        await bob.JoinAsync();
        var seq = await Replicas.SendAsync("carol", "something to read");
        await Eventually.HoldsAsync(async () => (await bob.CallAsync<PresenceState[]>("SubscribePresence", (object)new[] { "alice" }))[0].Status == PresenceStatus.Online ? null : "alice is not online", Cancelled);

        await BlockAsync("alice", "bob");
        await gone.Task.WaitAsync(Replicas.Bound, Cancelled);
        Assert.Equal(PresenceStatus.Offline, (await bob.CallAsync<PresenceState[]>("GetPresence", (object)new[] { "alice" }))[0].Status);
        Assert.Equal(PresenceStatus.Offline, (await Replicas.Get<PresenceService>().GetAsync(Replicas.CallerOf("alice"), ["bob"], Cancelled))[0].Status);

        await alice.CallAsync("StartTyping", "room");
        await alice.CallAsync("MarkRead", "room", seq);
        await (await Replicas.ConnectAsync("carol")).CallAsync("StartTyping", "room");
        Assert.Equal(["carol"], (await typed.Task.WaitAsync(Replicas.Bound, Cancelled)).UserIds);
        Assert.Equal(["carol"], (await bob.CallAsync<TypingState>("GetTyping", "room")).UserIds);
        var listed = (await Replicas.Get<ReceiptService>().ListAsync(Replicas.CallerOf("bob"), new("room"), null, null, Cancelled)).Items.ToDictionary(receipt => receipt.UserId);
        Assert.Equal((null, null), (listed["alice"].ReadSeq, listed["alice"].DeliveredSeq));
        Assert.NotNull(listed["carol"].ReadSeq);
        Assert.DoesNotContain(receipts, receipt => receipt.UserId == "alice");

        await Replicas.Get<BlockService>(1).DeleteAsync(Replicas.CallerOf("alice"), "bob", Cancelled);
        await back.Task.WaitAsync(Replicas.Bound, Cancelled);
    }

    private Task<BlockResponse> BlockAsync(string user, string other, int replica = 0) => Replicas.Get<BlockService>(replica).PutAsync(Replicas.CallerOf(user), other, Cancelled);

    private static async Task<string> NextTypeAsync(Realtime.Client from, Realtime.Client to)
    {
        var sent = await from.SendAsync("again");
        var entry = await to.EntryAsync();
        Assert.Equal(sent.Seq, entry.Seq);
        return entry.Type;
    }

    private static async Task<string?> RefusalOrNullAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (Microsoft.AspNetCore.SignalR.HubException refused)
        {
            return refused.Message;
        }
    }

    private static async Task RefusedAsync(Refusal refusal, Func<Task> call) => Assert.Equal(refusal, (await Assert.ThrowsAsync<RefusedException>(call)).Refusal);
}
