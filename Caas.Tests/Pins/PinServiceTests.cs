using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Pins;
using Caas.Core.Refusals;
using Caas.Tests.Core;
using Xunit;

namespace Caas.Tests.Pins;

public sealed class PinServiceTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");

    private readonly CorePlatform _platform = new();
    private Caller _alice = null!;
    private Caller _bob = null!;

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    private PinService Pins => _platform.Get<PinService>();

    private MessageService Messages => _platform.Get<MessageService>();

    public async ValueTask InitializeAsync()
    {
        _alice = await _platform.UserAsync("alice");
        _bob = await _platform.UserAsync("bob");
        await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, "room", "Room", ["bob"]), Cancelled);
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task Pinning_again_and_unpinning_what_is_not_pinned_change_nothing()
    {
        var sent = await SendAsync("one");
        var unpinned = await Pins.UnpinAsync(_alice, Room, sent.Id, null, Cancelled);
        Assert.Equal(sent.Seq, unpinned.Seq);
        var pinned = await Pins.PinAsync(_alice, Room, sent.Id, null, Cancelled);
        Assert.Equal(sent.Seq + 1, pinned.Seq);
        Assert.NotNull(pinned.Message.PinnedAt);
        Assert.Equal((pinned.Seq, pinned.Message.PinnedAt), await SeqAndTimeAsync(Pins.PinAsync(CorePlatform.Backend(), Room, sent.Id, null, Cancelled)));
        var taken = await Pins.UnpinAsync(_alice, Room, sent.Id, null, Cancelled);
        Assert.Equal((pinned.Seq + 1, null), (taken.Seq, taken.Message.PinnedAt));
        Assert.Equal((taken.Seq, null), await SeqAndTimeAsync(Pins.UnpinAsync(_alice, Room, sent.Id, null, Cancelled)));
        var again = await Pins.PinAsync(CorePlatform.Backend(), Room, sent.Id, null, Cancelled);
        Assert.Equal(taken.Seq + 1, again.Seq);
        Assert.Null(Assert.Single((await ListAsync()).Items).PinnedBy);
    }

    [Fact]
    public async Task The_list_goes_from_the_newest_pin_page_by_page()
    {
        var sent = new List<MessageResponse>();
        for (var i = 0; i < 5; i++)
        {
            sent.Add(await SendAsync($"{i}"));
        }

        int[] order = [2, 0, 4, 1, 3];
        foreach (var i in order)
        {
            await Pins.PinAsync(_alice, Room, sent[i].Id, null, Cancelled);
        }

        await Pins.UnpinAsync(_alice, Room, sent[4].Id, null, Cancelled);
        var first = await Pins.ListAsync(_bob, Room, 2, null, Cancelled);
        Assert.Equal(["3", "1"], first.Items.Select(pin => pin.Message.Text));
        Assert.All(first.Items, pin => Assert.Equal(("alice", pin.Message.PinnedAt), (pin.PinnedBy, pin.PinnedAt)));
        var second = await Pins.ListAsync(_bob, Room, 2, first.Next, Cancelled);
        Assert.Equal(["0", "2"], second.Items.Select(pin => pin.Message.Text));
        Assert.Null(second.Next);
        Assert.Equal(Refusal.InvalidCursor, (await Assert.ThrowsAsync<RefusedException>(() => Pins.ListAsync(_bob, Room, 2, "x", Cancelled))).Refusal);
    }

    [Fact]
    public async Task A_deleted_message_loses_its_pin_and_gets_none()
    {
        var sent = await SendAsync("one");
        await Pins.PinAsync(_alice, Room, sent.Id, null, Cancelled);
        Assert.Null((await Messages.DeleteAsync(_alice, Room, sent.Id, Cancelled)).Message.PinnedAt);
        Assert.Empty((await ListAsync()).Items);
        Assert.Equal(Refusal.NotAllowed, await RefusalAsync(Pins.PinAsync(_alice, Room, sent.Id, null, Cancelled)));
        Assert.Equal(Refusal.NotAllowed, await RefusalAsync(Pins.UnpinAsync(_alice, Room, sent.Id, null, Cancelled)));

        // The row outlives the message: a fold that comes late cannot bring the pin back.
        var store = _platform.Get<IPinStore>();
        await store.ApplyAsync(LogId.Of(_alice.Tenant, Room), new(sent.Seq, _alice.User, sent.Seq + 1, Removed: false), Cancelled);
        Assert.Empty(await store.ListAsync(LogId.Of(_alice.Tenant, Room), long.MaxValue, 10, Cancelled));
    }

    [Fact]
    public async Task Owners_and_moderators_may_in_a_group_and_both_in_a_direct_conversation()
    {
        var sent = await SendAsync("one");
        Assert.Equal(Refusal.NotAllowed, await RefusalAsync(Pins.PinAsync(_bob, Room, sent.Id, null, Cancelled)));
        await _platform.Get<MemberService>().UpdateAsync(_alice, Room, "bob", new(MemberRole.Moderator), Cancelled);
        await Pins.PinAsync(_bob, Room, sent.Id, null, Cancelled);
        Assert.Equal(Refusal.NotAMember, await RefusalAsync(Pins.PinAsync(await _platform.UserAsync("stranger"), Room, sent.Id, null, Cancelled)));
        Assert.Equal(Refusal.MessageNotFound, await RefusalAsync(Pins.PinAsync(_alice, Room, "nothing", null, Cancelled)));

        var direct = new ConversationId((await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Direct, MemberIds: ["alice", "bob"]), Cancelled)).Conversation.Id);
        var here = (await Messages.SendAsync(_alice, direct, new("hello"), null, Cancelled)).Message;
        await Pins.PinAsync(_bob, direct, here.Id, null, Cancelled);
        Assert.Null((await Pins.UnpinAsync(_alice, direct, here.Id, null, Cancelled)).Message.PinnedAt);
    }

    [Fact]
    public async Task A_conversation_has_at_most_100_pins()
    {
        var sent = await Task.WhenAll(Enumerable.Range(0, PinService.MaxPins + 1).Select(n => SendAsync($"{n}")));
        foreach (var message in sent.Take(PinService.MaxPins))
        {
            await Pins.PinAsync(_alice, Room, message.Id, null, Cancelled);
        }

        Assert.Equal(Refusal.LimitReached, await RefusalAsync(Pins.PinAsync(_alice, Room, sent[^1].Id, null, Cancelled)));
        await Pins.PinAsync(_alice, Room, sent[0].Id, null, Cancelled);
        await Pins.UnpinAsync(_alice, Room, sent[7].Id, null, Cancelled);
        await Pins.PinAsync(_alice, Room, sent[^1].Id, null, Cancelled);
        Assert.Equal(PinService.MaxPins, (await Pins.ListAsync(_bob, Room, 200, null, Cancelled)).Items.Count);
    }

    [Fact]
    public async Task A_pin_whose_caller_died_before_the_fold_is_there_once_the_message_is_folded()
    {
        var sent = await SendAsync("one");
        var log = LogId.Of(_alice.Tenant, Room);
        await _platform.Get<EntryAppender>().AppendAsync(_platform.Get<EntryDrafts>().Create(_alice, log, EntryTypes.MessagePinned, "x", sent.Seq, null), Cancelled);
        Assert.Empty((await ListAsync()).Items);
        Assert.NotNull((await _platform.Get<MessageFolder>().FoldAsync(log, sent.Seq, Cancelled))!.Message!.PinnedAt);
        Assert.Equal("alice", Assert.Single((await ListAsync()).Items).PinnedBy);
    }

    private static async Task<(long Seq, DateTimeOffset? At)> SeqAndTimeAsync(Task<ChangedMessage> change) => ((await change).Seq, (await change).Message.PinnedAt);

    private static async Task<Refusal> RefusalAsync(Task call) => (await Assert.ThrowsAsync<RefusedException>(() => call)).Refusal;

    private async Task<MessageResponse> SendAsync(string text) => (await Messages.SendAsync(_alice, Room, new(text), null, Cancelled)).Message;

    private Task<Page<PinResponse>> ListAsync() => Pins.ListAsync(_alice, Room, null, null, Cancelled);
}
