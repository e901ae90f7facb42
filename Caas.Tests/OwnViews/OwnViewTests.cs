using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.OwnViews;
using Caas.Core.Receipts;
using Caas.Core.Refusals;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.OwnViews;

/// <summary>Own views over two replicas: changed on one, seen on the user's other devices and by nobody else.</summary>
public sealed class OwnViewTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_change_reaches_the_users_other_devices_wherever_they_are_and_nobody_else()
    {
        await using var replicas = await Replicas.StartAsync();
        var (watching, idle, alice) = (await replicas.ConnectAsync("bob", 1), await replicas.ConnectAsync("bob", 0, messagePack: true), await replicas.ConnectAsync("alice", 0));
        await watching.JoinAsync(0);
        var views = replicas.Get<OwnViewService>();
        var own = await views.UpdateAsync(replicas.CallerOf("bob"), new("room"), new() { Muted = true, Pinned = true }, Cancelled);
        Assert.True(own is { UserId: "bob", Muted: true, Pinned: true, Hidden: false, Archived: false, MarkedUnread: false });
        foreach (var device in new[] { watching, idle })
        {
            // That the room was made may still be told when a device comes.
            ConversationUpdated update;
            do
            {
                update = await device.UpdateAsync();
            }
            while (update.Me is { Muted: false });

            Assert.Equal(own, update.Me);
        }

        while (alice.UpdatesWaiting > 0)
        {
            Assert.True((await alice.UpdateAsync()).Me is { UserId: "alice", Muted: false, Pinned: false });
        }

        var room = await replicas.Get<ConversationReader>(1).GetAsync(replicas.CallerOf("bob"), new("room"), Cancelled);
        Assert.Equal(own, room.Me);
        Assert.True((await replicas.Get<ConversationReader>(1).GetAsync(replicas.CallerOf("alice"), new("room"), Cancelled)).Me is { Muted: false, Pinned: false });
        Assert.Empty(replicas.Errors);
    }

    [Fact]
    public async Task What_is_hidden_comes_back_with_the_next_message_and_what_is_archived_does_not()
    {
        await using var replicas = await Replicas.StartAsync(1);
        var (bob, views) = (replicas.CallerOf("bob"), replicas.Get<OwnViewService>());
        await replicas.SendAsync("alice", "one");
        Assert.True((await views.UpdateAsync(bob, new("room"), new() { Hidden = true }, Cancelled)).Hidden);
        await UntilAsync(() => ListAsync(null), []);
        Assert.Equal(["room"], await ListAsync(new(Hidden: true)));
        Assert.Equal(0, (await replicas.Get<ReceiptService>().GetUnreadAsync(bob, Cancelled)).Total);
        await replicas.SendAsync("alice", "two");
        await UntilAsync(() => ListAsync(null), ["room"]);
        Assert.Equal(2, (await replicas.Get<ReceiptService>().GetUnreadAsync(bob, Cancelled)).Total);
        await views.UpdateAsync(bob, new("room"), new() { Archived = true }, Cancelled);
        await replicas.SendAsync("alice", "three");
        await UntilAsync(() => ListAsync(new(Archived: true)), ["room"]);
        Assert.Empty(await ListAsync(null));

        async Task<IReadOnlyList<string>> ListAsync(OwnViewFilter? filter) => [.. (await replicas.Get<ConversationReader>().ListAsync(bob, filter, null, null, Cancelled)).Items.Select(conversation => conversation.Id)];
    }

    [Fact]
    public async Task Marked_as_unread_it_stays_until_the_user_reads_or_sends()
    {
        await using var replicas = await Replicas.StartAsync();
        var (caller, views, receipts) = (replicas.CallerOf("bob"), replicas.Get<OwnViewService>(1), replicas.Get<ReceiptService>());
        var bob = await replicas.ConnectAsync("bob", 0);
        var seq = await replicas.SendAsync("alice", "one");
        await bob.CallAsync("MarkRead", "room", seq);
        await bob.CallAsync<UnreadResponse>("GetUnread");
        await MarkAsync();
        await replicas.SendAsync("alice", "two");
        Assert.Equal(["room"], (await receipts.GetUnreadAsync(caller, Cancelled)).MarkedUnread);

        // Reading takes it back, also where nothing is new.
        await bob.CallAsync("MarkRead", "room", seq);
        Assert.Empty((await bob.CallAsync<UnreadResponse>("GetUnread")).MarkedUnread);
        await MarkAsync();
        await replicas.SendAsync("bob", "mine");
        await Eventually.HoldsAsync(async () => (await receipts.GetUnreadAsync(caller, Cancelled)).MarkedUnread is [] ? null : "it is still marked", Cancelled);

        async Task MarkAsync()
        {
            Assert.True((await views.UpdateAsync(caller, new("room"), new() { MarkedUnread = true }, Cancelled)).MarkedUnread);
            Assert.Equal(["room"], (await receipts.GetUnreadAsync(caller, Cancelled)).MarkedUnread);
        }
    }

    [Fact]
    public async Task Only_members_have_a_view_and_only_users_filter_by_it()
    {
        await using var replicas = await Replicas.StartAsync(1);
        var (views, reader) = (replicas.Get<OwnViewService>(), replicas.Get<ConversationReader>());
        Assert.Equal("on_behalf_of_required", await RefusalAsync(() => views.UpdateAsync(Replicas.System, new("room"), new(), Cancelled)));
        Assert.Equal("on_behalf_of_required", await RefusalAsync(() => reader.ListAsync(Replicas.System, new(), null, null, Cancelled)));
        Assert.Equal("conversation_not_found", await RefusalAsync(() => views.UpdateAsync(replicas.CallerOf("bob"), new("nowhere"), new(), Cancelled)));
        Assert.Equal("not_a_member", await RefusalAsync(() => views.UpdateAsync(replicas.CallerOf("eve"), new("room"), new(), Cancelled)));
        Assert.Equal("not_a_member", await RefusalAsync(() => views.UpdateAsync(replicas.CallerOf("eve") with { IsTenantAdmin = true }, new("room"), new(), Cancelled)));
    }

    private static async Task<string> RefusalAsync(Func<Task> call) => (await Assert.ThrowsAsync<RefusedException>(call)).Refusal.Code;

    private static Task UntilAsync(Func<Task<IReadOnlyList<string>>> list, string[] expected) =>
        Eventually.HoldsAsync(async () => await list() is var found && found.SequenceEqual(expected) ? null : $"the list is {string.Join(", ", found)}", Cancelled);
}
