using Caas.Contracts;
using Caas.Core.Bans;
using Caas.Core.Blocks;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Reactions;
using Caas.Core.Refusals;
using Caas.Core.Tenants;
using Caas.Core.Users;
using Caas.Tests.Core;
using Caas.Tests.Entries;
using Xunit;

namespace Caas.Tests.Messages;

/// <summary>Who sends once more what was stored, because the answer was lost, hears that it is stored; also who may send no more. On two processes over one store: what one refuses the other one took.</summary>
public sealed class FirstAnswerTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");
    private static readonly SendMessageRequest Hello = new("hello", ClientMessageId: "c1");

    private readonly FaultyEntryStore _counted = new();
    private readonly CorePlatform _one;
    private readonly CorePlatform _other;
    private Caller _alice = null!;
    private Caller _bob = null!;

    public FirstAnswerTests()
    {
        _one = new();
        _other = new(_one.Folder, _counted.StandBefore);
    }

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        await _one.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        foreach (var user in new[] { "alice", "bob" })
        {
            await _one.Get<UserService>().UpsertAsync(CorePlatform.Backend(), user, new(user), Cancelled);
        }

        (_alice, _bob) = (Of("alice"), Of("bob"));
        await _one.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, Room.Value, "Room", ["bob"]), Cancelled);
    }

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await _one.DisposeAsync();
    }

    [Theory]
    [InlineData("removed", "not_a_member", false)]
    [InlineData("banned here", "banned", false)]
    [InlineData("deleted", "conversation_not_found", false)]
    [InlineData("frozen", "not_allowed", true)]
    [InlineData("reader", "not_allowed", true)]
    public async Task A_message_that_is_stored_is_answered_so_whatever_its_sender_lost_since(string lost, string code, bool mayRead)
    {
        var first = await _one.Get<MessageService>().SendAsync(_bob, Room, Hello, null, Cancelled);
        await _one.Get<ReactionService>().AddAsync(_alice, Room, first.Message.Id, "👍", null, Cancelled);
        await (lost switch
        {
            "removed" => _one.Get<MemberService>().RemoveAsync(_alice, Room, "bob", Cancelled),
            "banned here" => _one.Get<BanService>().PutAsync(CorePlatform.Backend(), "bob", new("spam", Room.Value), Cancelled),
            "deleted" => _one.Get<ConversationService>().DeleteAsync(_alice, Room, Cancelled),
            "frozen" => _one.Get<ConversationService>().UpdateAsync(_alice, Room, new() { Frozen = true }, Cancelled),
            _ => _one.Get<MemberService>().UpdateAsync(_alice, Room, "bob", new(MemberRole.Reader), Cancelled),
        });

        var again = await _other.Get<MessageService>().SendAsync(_bob, Room, Hello, null, Cancelled);
        Assert.True(again.Duplicate);
        Assert.Equal((first.Message.Id, first.Message.Seq, first.Message.CreatedAt, "bob", "c1"), (again.Message.Id, again.Message.Seq, again.Message.CreatedAt, again.Message.SenderId, again.Message.ClientMessageId));

        // What others did to it since is for those who may read.
        Assert.Equal(mayRead ? 1 : 0, again.Message.Reactions.Count);
        Assert.Equal("hello", again.Message.Text);

        // What was not stored, and what is another's, is refused as ever.
        foreach (var (caller, request) in new[] { (_bob, Hello with { ClientMessageId = "c2" }), (_bob, Hello with { ClientMessageId = null }), (_bob, Hello with { Text = "other" }) })
        {
            Assert.Equal(code, await RefusedAsync(caller, request));
        }

        Assert.Equal(lost == "deleted" ? code : "not_a_member", await RefusedAsync(await _one.UserAsync("carol"), Hello));
        Assert.Equal("conversation_not_found", await RefusedAsync(await _one.UserAsync("bob", "globex"), Hello));
    }

    [Fact]
    public async Task Who_may_read_no_more_is_told_nothing_that_others_said()
    {
        var quoted = await _one.Get<MessageService>().SendAsync(_alice, Room, new("a secret of alice's"), null, Cancelled);
        var hello = Hello with { QuoteOf = quoted.Message.Id, ThreadOf = quoted.Message.Id };
        var first = await _one.Get<MessageService>().SendAsync(_bob, Room, hello, null, Cancelled);
        Assert.Equal("a secret of alice's", first.Message.Quote!.Text);
        await _one.Get<MessageService>().EditAsync(CorePlatform.Backend(), Room, first.Message.Id, new() { Text = "moderated" }, null, Cancelled);
        await _one.Get<MemberService>().RemoveAsync(_alice, Room, "bob", Cancelled);

        var again = await _other.Get<MessageService>().SendAsync(_bob, Room, hello, null, Cancelled);
        Assert.Equal((first.Message.Id, first.Message.Seq, "hello", null, null), (again.Message.Id, again.Message.Seq, again.Message.Text, again.Message.Quote, again.Message.EditedAt));
        Assert.Equal((quoted.Message.Id, first.Message.Seq), (again.Message.ThreadOf, again.Message.Rev));
    }

    [Fact]
    public async Task What_the_message_refers_to_may_be_out_of_sight_meanwhile()
    {
        var quoted = await _one.Get<MessageService>().SendAsync(_alice, Room, new("quoted"), null, Cancelled);
        var hello = Hello with { QuoteOf = quoted.Message.Id };
        var first = await _one.Get<MessageService>().SendAsync(_bob, Room, hello, null, Cancelled);
        await _one.Get<BlockService>().PutAsync(_bob, "alice", Cancelled);
        Assert.Equal("message_not_found", await RefusedAsync(_bob, hello with { ClientMessageId = "c2" }, _one));
        var again = await _one.Get<MessageService>().SendAsync(_bob, Room, hello, null, Cancelled);
        Assert.Equal((true, first.Message.Id, null), (again.Duplicate, again.Message.Id, again.Message.Quote));
    }

    [Fact]
    public async Task Nothing_is_looked_up_for_what_is_stored_and_one_read_is_all_for_what_is_refused()
    {
        var messages = _other.Get<MessageService>();
        await messages.SendAsync(_bob, Room, Hello, null, Cancelled);
        await messages.SendAsync(_bob, Room, Hello, null, Cancelled);
        Assert.Equal(0, _counted.LookedUp);
        await RefusedAsync(await _one.UserAsync("carol"), Hello);
        Assert.Equal(1, _counted.LookedUp);
        await RefusedAsync(await _one.UserAsync("carol"), Hello with { ClientMessageId = null });
        await RefusedAsync(_bob, Hello with { Text = new('x', MessageRules.MaxText + 1) });
        Assert.Equal(1, _counted.LookedUp);
    }

    private static Caller Of(string user) => new() { Kind = CallerKind.User, Tenant = new("acme"), User = new UserId(user) };

    private async Task<string> RefusedAsync(Caller caller, SendMessageRequest request, CorePlatform? on = null) =>
        (await Assert.ThrowsAsync<RefusedException>(() => (on ?? _other).Get<MessageService>().SendAsync(caller, Room, request, null, Cancelled))).Refusal.Code;
}
