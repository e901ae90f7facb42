using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Notifications;
using Caas.Core.Polls;
using Caas.Core.Reactions;
using Caas.Core.Receipts;
using Caas.Core.Refusals;
using Caas.Core.Threads;
using Caas.Tests.Realtime;
using Microsoft.AspNetCore.SignalR.Client;
using Xunit;

namespace Caas.Tests.Bans;

/// <summary>Shadow bans over two replicas: bob notices nothing, and nobody else gets what he does.</summary>
public sealed class ShadowBanTests : TwoReplicas
{
    private static readonly ConversationId Room = new("room");

    [Theory]
    [InlineData(false, "room")]
    [InlineData(true, null)]
    public async Task What_a_shadow_banned_user_does_is_live_for_the_user_and_a_place_in_the_log_for_others(bool messagePack, string? from)
    {
        var (alice, bob) = (await Replicas.ConnectAsync("alice", 0, messagePack), await Replicas.ConnectAsync("bob", 1, !messagePack));
        var second = await Replicas.ConnectAsync("bob", 0);
        var shown = await alice.SendAsync("for all");
        var before = await bob.SendAsync("before");
        await BanAsync(from);
        await alice.JoinAsync();
        await bob.JoinAsync();
        await second.JoinAsync();

        var hidden = await bob.SendAsync("for nobody @carol");
        await bob.CallAsync<ChangeResult>("AddReaction", "room", shown.MessageId, "x");
        await bob.CallAsync<ChangeResult>("EditMessage", new HubEditMessageRequest("room", before.MessageId) { Text = new("insult") });
        await bob.CallAsync<ChangeResult>("EditMessage", new HubEditMessageRequest("room", hidden.MessageId) { Text = new("still for nobody") });
        await Service<MessageService>(1).SendAsync(Replicas.CallerOf("bob"), Room, new("a reply", ThreadOf: shown.MessageId), null, Cancelled);
        await alice.SendAsync("on it goes");

        string[] everything = ["message.created", "reaction.added", "message.edited", "message.edited", "message.created", "message.created"];
        var live = await alice.EntriesAsync(6);
        Assert.Equal(["hidden", "hidden", "hidden", "hidden", "hidden", "message.created"], live.Select(entry => entry.Type));
        Assert.Equal(new EntryResponse("room", hidden.Seq, "hidden", null, null, null), live[0]);
        foreach (var own in new[] { await bob.EntriesAsync(6), await second.EntriesAsync(6) })
        {
            Assert.Equal(everything, own.Select(entry => entry.Type));
            Assert.All(own, entry => Assert.False(entry.Shadowed || entry.Message?.Shadowed == true));
            Assert.Equal(("x", "insult", 1), (Assert.Single(own[1].Message!.Reactions).Key, own[2].Message!.Text, own[4].Root!.ReplyCount));
        }

        // What is read says the same, on either replica.
        Assert.Equal(live.Select(entry => entry.Type), (await (await Replicas.ConnectAsync("alice", 1)).JoinAsync(hidden.Seq - 1)).Items.Select(entry => entry.Type));
        Assert.Equal(everything, (await (await Replicas.ConnectAsync("bob", 0)).JoinAsync(hidden.Seq - 1)).Items.Select(entry => entry.Type));
        var (ofAlice, ofBob, ofBackend) = (await ReadAsync("alice", shown.MessageId), await ReadAsync("bob", shown.MessageId), await ReadAsync(null, shown.MessageId));
        Assert.Equal((0, 0, null), (ofAlice!.ReplyCount, ofAlice.Reactions.Count, ofAlice.Thread));
        Assert.Equal((1, 1, "bob"), (ofBob!.ReplyCount, ofBob.Reactions["x"].Count, Assert.Single(ofBob.Thread!.ParticipantIds)));
        Assert.Equal(0, ofBackend!.ReplyCount);
        Assert.Equal(("before", "insult", "before"), ((await ReadAsync("alice", before.MessageId))!.Text, (await ReadAsync("bob", before.MessageId))!.Text, (await ReadAsync(null, before.MessageId))!.Text));
        Assert.Null(await ReadAsync("alice", hidden.MessageId));
        Assert.Equal(("still for nobody", false), ((await ReadAsync("bob", hidden.MessageId))!.Text, (await ReadAsync("bob", hidden.MessageId))!.Shadowed));
        Assert.Equal(("still for nobody", true), ((await ReadAsync(null, hidden.MessageId))!.Text, (await ReadAsync(null, hidden.MessageId))!.Shadowed));
        var all = (await Service<EntryReader>(1).ReadAfterAsync(Replicas.System, Room, hidden.Seq - 1, 100, Cancelled)).Items;
        Assert.Equal([true, true, true, true, true, false], all.Select(entry => entry.Shadowed));
        Assert.Equal(everything, all.Select(entry => entry.Type));
        Assert.Equal([false, true], (await Service<MessageReader>(0).GetHistoryAsync(Replicas.System, Room, before.MessageId, Cancelled)).Items.Select(version => version.Shadowed));
        Assert.Equal(Refusal.MessageNotFound, await RefusalAsync(() => Service<ReactionService>(0).AddAsync(Replicas.CallerOf("alice"), Room, hidden.MessageId, "x", null, Cancelled)));
        Assert.Empty((await Service<ThreadReader>(0).ListAsync(Replicas.CallerOf("alice"), Room, shown.MessageId, new(null, null, null, null), Cancelled)).Items);
        Assert.Single((await Service<ThreadReader>(0).ListAsync(Replicas.CallerOf("bob"), Room, shown.MessageId, new(null, null, null, null), Cancelled)).Items);
    }

    [Fact]
    public async Task Only_what_was_done_during_the_ban_is_hidden_and_it_stays_so_after_it()
    {
        var alice = await Replicas.ConnectAsync("alice", 0);
        await alice.JoinAsync();
        var first = await BanAsync("room", replica: 1);
        Assert.True(first.Shadow);
        var hidden = await Replicas.SendAsync("bob", "during");
        Assert.Equal("hidden", (await alice.EntryAsync()).Type);
        await Service<BanService>(0).DeleteAsync(Replicas.System, "bob", "room", Cancelled);
        await Eventually.HoldsAsync(async () => await NextTypeAsync(alice) == "message.created" ? null : "bob's messages are still hidden", Cancelled);
        Assert.Equal("hidden", (await alice.JoinAsync(hidden - 1)).Items[0].Type);

        // From another one's replica, and by itself.
        await BanAsync("room", replica: 0, until: TimeProvider.System.GetUtcNow().AddSeconds(1));
        Assert.Equal("hidden", await NextTypeAsync(alice, replica: 1));
        await Eventually.HoldsAsync(async () => await NextTypeAsync(alice, replica: 1) == "message.created" ? null : "the ban has not ended", Cancelled);
    }

    [Fact]
    public async Task A_plain_ban_becomes_a_shadow_ban_and_the_other_way()
    {
        var bob = await Replicas.ConnectAsync("bob", 1);
        await bob.JoinAsync();
        await BanAsync(null);
        Assert.True(Assert.Single((await Service<BanService>(1).ListAsync(Replicas.System, null, null, Cancelled)).Items).Shadow);
        await bob.SendAsync("unaware");
        await Service<BanService>(0).PutAsync(Replicas.System, "bob", new("enough"), Cancelled);
        Assert.Equal("banned", (await bob.EvictedAsync()).Reason);
        await BanAsync(null, replica: 1);
        var alice = await Replicas.ConnectAsync("alice", 0);
        await alice.JoinAsync();
        await Eventually.HoldsAsync(async () => await RefusalAsync(() => Replicas.SendAsync("bob", "back")) is null ? null : "bob is still banned", Cancelled);
        Assert.Equal("hidden", (await alice.EntryAsync()).Type);

        // A direct conversation can only be left to those two: nobody is put out of it.
        var (direct, _) = await Service<ConversationService>(0).CreateAsync(Replicas.CallerOf("alice"), new(ConversationType.Direct, MemberIds: ["bob"]), Cancelled);
        Assert.Equal(Refusal.NotAllowed, await RefusalAsync(() => Service<BanService>(0).PutAsync(Replicas.System, "bob", new("spam", direct.Id), Cancelled)));
        Assert.True((await Service<BanService>(0).PutAsync(Replicas.System, "bob", new("spam", direct.Id, Shadow: true), Cancelled)).Shadow);
    }

    [Fact]
    public async Task What_is_hidden_is_neither_unread_nor_a_preview_nor_typing()
    {
        var (idle, alice) = (await Replicas.ConnectAsync("alice", 1), await Replicas.ConnectAsync("alice", 0));
        var typed = new TaskCompletionSource<TypingState>(TaskCreationOptions.RunContinuationsAsynchronously);
        alice.Hub.On<TypingState>("Typing", state => typed.TrySetResult(state));
        await alice.JoinAsync();
        await BanAsync("room");
        await Replicas.SendAsync("bob", "one");
        await Replicas.SendAsync("carol", "two");
        var last = await Replicas.SendAsync("bob", "three", replica: 1);
        var bob = await Replicas.ConnectAsync("bob", 1);
        await bob.CallAsync("StartTyping", "room");
        await (await Replicas.ConnectAsync("carol", 1)).CallAsync("StartTyping", "room");
        Assert.Equal(["carol"], (await typed.Task.WaitAsync(Replicas.Bound, Cancelled)).UserIds);

        foreach (var (user, text, unread) in new[] { ("alice", "two", 1L), ("carol", "two", 0L), ("bob", "three", 0L) })
        {
            var caller = Replicas.CallerOf(user);
            var fresh = await Service<ConversationReader>(1).GetAsync(caller, Room, Cancelled);
            Assert.Equal((user, text, unread, last), (user, fresh.LastMessage!.Text, fresh.Unread!.Value, fresh.LastSeq));
            await Eventually.HoldsAsync(async () =>
            {
                var listed = Assert.Single((await Service<ConversationReader>(0).ListAsync(caller, null, null, null, Cancelled)).Items);
                var total = (await Service<ReceiptService>(0).GetUnreadAsync(caller, Cancelled)).Total;
                return listed.LastMessage?.Text == text && listed.Unread == unread && total == unread && listed.LastSeq == last ? null : $"the list says {listed}, in all {total}";
            }, Cancelled);
        }

        Assert.Equal(("three", true), (await Service<ConversationReader>(0).GetAsync(Replicas.System, Room, Cancelled)) is { LastMessage: { } newest } ? (newest.Text, newest.Shadowed) : default);
        await Eventually.HoldsAsync(async () => await idle.UpdateAsync() is { Unread: 1, LastMessage.Text: "two" } update && update.LastSeq == last ? null : "the update tells otherwise", Cancelled);
    }

    [Fact]
    public async Task Reactions_and_votes_of_before_stay_for_others_as_they_were_and_what_comes_after_counts_again()
    {
        var (alice, bob) = (Replicas.CallerOf("alice"), Replicas.CallerOf("bob"));
        var poll = (await Service<MessageService>(0).SendAsync(alice, Room, new("?", Poll: new(["a", "b"], "which")), null, Cancelled)).Message;
        var (reactions, polls) = (Service<ReactionService>(1), Service<PollService>(1));
        await reactions.AddAsync(bob, Room, poll.Id, "x", null, Cancelled);
        await polls.VoteAsync(bob, Room, poll.Id, ["1"], null, Cancelled);
        await BanAsync("room", replica: 1);

        await reactions.RemoveAsync(bob, Room, poll.Id, "x", null, Cancelled);
        var hearted = await reactions.AddAsync(bob, Room, poll.Id, "y", null, Cancelled);
        var own = (await polls.VoteAsync(bob, Room, poll.Id, ["2"], null, Cancelled)).Message;
        Assert.Equal(hearted.Seq, (await reactions.AddAsync(bob, Room, poll.Id, "y", null, Cancelled)).Seq);
        Assert.Equal(["2"], (await polls.GetAsync(bob, Room, poll.Id, Cancelled)).OwnOptionIds!);
        Assert.Equal(("y", "0:,1:bob"), (Assert.Single(own.Reactions).Key, Votes(own)));
        var others = await ReadAsync("alice", poll.Id);
        Assert.Equal(("x", "1:bob,0:"), (Assert.Single(others!.Reactions).Key, Votes(others)));

        await Service<BanService>(1).DeleteAsync(Replicas.System, "bob", "room", Cancelled);
        await polls.VoteAsync(bob, Room, poll.Id, [], null, Cancelled);
        await reactions.RemoveAsync(bob, Room, poll.Id, "y", null, Cancelled);
        await reactions.AddAsync(bob, Room, poll.Id, "y", null, Cancelled);
        var (ofAlice, ofBob) = ((await ReadAsync("alice", poll.Id))!, (await ReadAsync("bob", poll.Id))!);
        Assert.Equal(("0:,0:", "0:,0:"), (Votes(ofAlice), Votes(ofBob)));
        Assert.Equal(["x y", "y"], new[] { ofAlice, ofBob }.Select(message => string.Join(' ', message.Reactions.Keys)));

        static string Votes(MessageResponse message) => string.Join(',', message.Poll!.Options.Select(option => $"{option.Votes}:{string.Join(' ', option.UserIds)}"));
    }

    [Fact]
    public async Task Threads_and_edits_come_together_again_when_what_was_hidden_is_deleted_and_edited_in_sight()
    {
        var (alice, bob) = (Replicas.CallerOf("alice"), Replicas.CallerOf("bob"));
        var messages = Service<MessageService>(1);
        var root = (await messages.SendAsync(alice, Room, new("root"), null, Cancelled)).Message;
        var own = (await messages.SendAsync(bob, Room, new("own", Custom: System.Text.Json.JsonElement.Parse("""{"a":1}""")), null, Cancelled)).Message;
        await BanAsync("room", replica: 1);
        var reply = (await messages.SendAsync(bob, Room, new("reply", ThreadOf: root.Id, QuoteOf: own.Id), null, Cancelled)).Message;
        await messages.SendAsync(alice, Room, new("seen", ThreadOf: root.Id), null, Cancelled);
        Assert.Equal((1, 2), ((await ReadAsync("alice", root.Id))!.ReplyCount, (await ReadAsync("bob", root.Id))!.ReplyCount));
        await messages.DeleteAsync(bob, Room, reply.Id, Cancelled);
        Assert.Equal((1, 1), ((await ReadAsync("alice", root.Id))!.ReplyCount, (await ReadAsync("bob", root.Id))!.ReplyCount));
        Assert.Null(await ReadAsync("alice", reply.Id));

        await messages.EditAsync(bob, Room, own.Id, new() { Text = new("hidden edit") }, null, Cancelled);
        await Service<BanService>(1).DeleteAsync(Replicas.System, "bob", "room", Cancelled);
        await messages.EditAsync(bob, Room, own.Id, new() { Custom = new(System.Text.Json.JsonElement.Parse("""{"b":2}""")) }, null, Cancelled);
        var (ofAlice, ofBob) = ((await ReadAsync("alice", own.Id))!, (await ReadAsync("bob", own.Id))!);
        Assert.Equal(("own", "hidden edit"), (ofAlice.Text, ofBob.Text));
        Assert.Equal(("""{"a":1,"b":2}""", """{"a":1,"b":2}"""), (ofAlice.Custom!.Value.GetRawText(), ofBob.Custom!.Value.GetRawText()));
        Assert.Equal((await messages.EditAsync(bob, Room, own.Id, new() { Text = new("for all") }, null, Cancelled)).Message.Text, (await ReadAsync("alice", own.Id))!.Text);
        Assert.Equal(["own", "own", "for all"], (await Service<MessageReader>(0).GetHistoryAsync(Replicas.System, Room, own.Id, Cancelled)).Items.Where(version => !version.Shadowed).Select(version => version.Text));
        await messages.DeleteAsync(bob, Room, own.Id, Cancelled);
        Assert.Equal((null, null), ((await ReadAsync("alice", own.Id))!.Text, (await ReadAsync("bob", own.Id))!.Text));
    }

    [Fact]
    public async Task Whom_a_shadow_banned_user_adds_everybody_sees_and_nobody_is_notified()
    {
        var alice = await Replicas.ConnectAsync("alice", 1);
        await alice.JoinAsync();
        await Service<MemberService>(0).RemoveAsync(Replicas.System, Room, "carol", Cancelled);
        Assert.Equal("member.removed", (await alice.EntryAsync()).Type);
        await BanAsync(null);
        await Service<MemberService>(0).UpdateAsync(Replicas.System, Room, "bob", new(MemberRole.Owner), Cancelled);
        Assert.Equal("member.changed", (await alice.EntryAsync()).Type);
        await Service<MemberService>(0).AddAsync(Replicas.CallerOf("bob"), Room, new(["carol"]), Cancelled);
        var added = await alice.EntryAsync();
        Assert.Equal(("member.added", "bob", false), (added.Type, added.ActorId, added.Shadowed));
        var (made, _) = await Service<ConversationService>(0).CreateAsync(Replicas.CallerOf("bob"), new(ConversationType.Group, "spam", "Buy now", ["carol"]), Cancelled);
        Assert.Equal("conversation.created", Assert.Single((await Service<EntryReader>(1).ReadAfterAsync(Replicas.CallerOf("carol"), new(made.Id), 0, 10, Cancelled)).Items).Type);
        foreach (var (conversation, seq) in new[] { (Room, added.Seq), (new ConversationId(made.Id), 1L) })
        {
            Assert.True((await Service<EntryReader>(1).ReadAfterAsync(Replicas.System, conversation, seq - 1, 1, Cancelled)).Items[0].Shadowed);
        }

        await Service<MemberService>(0).AddAsync(Replicas.System, new(made.Id), new(["alice"]), Cancelled);
        await Eventually.HoldsAsync(async () => (await Service<NotificationInbox>(1).ListAsync(Replicas.CallerOf("alice"), null, null, null, Cancelled)).Items.Any(item => item.ConversationId == made.Id) ? null : "alice is not told who added her", Cancelled);
        Assert.DoesNotContain((await Service<NotificationInbox>(1).ListAsync(Replicas.CallerOf("carol"), unread: true, null, null, Cancelled)).Items, item => item.ActorId == "bob");
    }

    private T Service<T>(int replica)
        where T : notnull => Replicas.Get<T>(replica);

    private Task<BanResponse> BanAsync(string? conversation, int replica = 0, DateTimeOffset? until = null) =>
        Service<BanService>(replica).PutAsync(Replicas.System, "bob", new("spam", conversation, until, Shadow: true), Cancelled);

    private async Task<MessageResponse?> ReadAsync(string? user, string message)
    {
        try
        {
            return await Service<MessageReader>(0).GetAsync(user is null ? Replicas.System : Replicas.CallerOf(user), Room, message, Cancelled);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.MessageNotFound)
        {
            return null;
        }
    }

    private async Task<string> NextTypeAsync(Realtime.Client to, int replica = 0)
    {
        var seq = await Replicas.SendAsync("bob", "again", replica);
        var entry = await to.EntryAsync();
        Assert.Equal(seq, entry.Seq);
        return entry.Type;
    }

    private static async Task<Refusal?> RefusalAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (RefusedException refused)
        {
            return refused.Refusal;
        }
    }
}
