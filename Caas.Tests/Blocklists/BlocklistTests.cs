using Caas.Contracts;
using Caas.Core.Blocklists;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Messages;
using Caas.Core.Moderation;
using Caas.Core.Refusals;
using Caas.Core.Tenants;
using Caas.Tests.Core;
using Xunit;

namespace Caas.Tests.Blocklists;

/// <summary>A tenant's blocklist where messages are written.</summary>
public sealed class BlocklistTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");

    private readonly CorePlatform _platform = new();
    private Caller _alice = null!;

    private BlocklistService Blocklists => _platform.Get<BlocklistService>();

    private MessageService Messages => _platform.Get<MessageService>();

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        await _platform.Get<TenantService>().CreateAsync(new() { Kind = CallerKind.Admin }, new("Acme", "acme"), Cancelled);
        _alice = await _platform.UserAsync("alice");
        await _platform.Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, "room", "Room"), Cancelled);
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task It_is_what_was_put_and_empty_before()
    {
        Assert.Equivalent(new BlocklistResponse([], [], BlocklistAction.Refuse), await Blocklists.GetAsync(CorePlatform.Backend(), Cancelled), strict: true);
        await Blocklists.PutAsync(CorePlatform.Backend(), new(["bad", "bad"], ["a+"], BlocklistAction.Mask), Cancelled);
        Assert.Equivalent(new BlocklistResponse(["bad"], ["a+"], BlocklistAction.Mask), await Blocklists.GetAsync(CorePlatform.Backend(), Cancelled), strict: true);
        await Blocklists.PutAsync(CorePlatform.Backend(), new(), Cancelled);
        Assert.Equivalent(new BlocklistResponse([], [], BlocklistAction.Refuse), await Blocklists.GetAsync(CorePlatform.Backend(), Cancelled), strict: true);
    }

    [Fact]
    public async Task What_cannot_be_is_told_field_by_field()
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Blocklists.PutAsync(CorePlatform.Backend(), new(["fine", "?!"], ["(?=a)"], (BlocklistAction)7), Cancelled));
        Assert.Equal(["action", "patterns", "words"], refused.Errors!.Keys.Order());
        Assert.Equal("not_allowed", (await Assert.ThrowsAsync<RefusedException>(() => Blocklists.PutAsync(_alice, new(["x"]), Cancelled))).Refusal.Code);
    }

    [Fact]
    public async Task What_is_refused_is_not_stored_whether_sent_asked_or_edited_in()
    {
        var sent = await Messages.SendAsync(_alice, Room, new("fine", "c1"), null, Cancelled);
        await Blocklists.PutAsync(CorePlatform.Backend(), new(["bad"]), Cancelled);
        Assert.Equal("content_blocked", await CodeAsync(() => Messages.SendAsync(_alice, Room, new("a BAD one"), null, Cancelled)));
        Assert.Equal("content_blocked", await CodeAsync(() => Messages.SendAsync(_alice, Room, new("?", Poll: new(["good", "bad"])), null, Cancelled)));
        Assert.Equal("content_blocked", await CodeAsync(() => Messages.EditAsync(_alice, Room, sent.Message.Id, new() { Text = "bad" }, null, Cancelled)));
        Assert.Equal("a bad one", (await Messages.SendAsync(CorePlatform.Backend(), Room, new("a bad one"), null, Cancelled)).Message.Text);
    }

    [Fact]
    public async Task What_could_not_be_looked_through_in_time_is_refused_where_what_is_forbidden_is()
    {
        var filter = new BlocklistFilter(_platform.Get<TenantDirectory>(), _platform.Get<ModerationMetrics>(), new LeapingClock());
        await Blocklists.PutAsync(CorePlatform.Backend(), new([], ["forbidden"]), Cancelled);
        _platform.Get<TenantDirectory>().Forget(new("acme"));
        Assert.Equal("content_blocked", await CodeAsync(async () => await filter.ApplyAsync(_alice, ["a text", "another"], Cancelled)));
        await Blocklists.PutAsync(CorePlatform.Backend(), new([], ["forbidden"], BlocklistAction.Mask), Cancelled);
        _platform.Get<TenantDirectory>().Forget(new("acme"));
        Assert.Equal(["a text", "another"], await filter.ApplyAsync(_alice, ["a text", "another"], Cancelled));
    }

    [Fact]
    public async Task What_is_masked_is_stored_masked_and_the_same_call_again_finds_it()
    {
        await Blocklists.PutAsync(CorePlatform.Backend(), new(["bad"], Action: BlocklistAction.Mask), Cancelled);
        var sent = await Messages.SendAsync(_alice, Room, new("a bad one", "c1", Poll: new(["bad", "worse"])), null, Cancelled);
        Assert.Equal(("a *** one", "***"), (sent.Message.Text, sent.Message.Poll!.Options[0].Text));
        Assert.True((await Messages.SendAsync(_alice, Room, new("a bad one", "c1", Poll: new(["bad", "worse"])), null, Cancelled)).Duplicate);
        var edited = await Messages.EditAsync(_alice, Room, sent.Message.Id, new() { Text = "still Bad" }, null, Cancelled);
        Assert.Equal("still ***", edited.Message.Text);
    }

    [Fact]
    public async Task What_was_stored_before_it_was_forbidden_gets_its_first_answer_again()
    {
        var first = await Messages.SendAsync(_alice, Room, new("bad", "c1"), null, Cancelled);
        await Blocklists.PutAsync(CorePlatform.Backend(), new(["bad"]), Cancelled);
        var again = await Messages.SendAsync(_alice, Room, new("bad", "c1"), null, Cancelled);
        Assert.Equal((true, first.Message.Id), (again.Duplicate, again.Message.Id));
        Assert.Equal("client_message_id_reused", await CodeAsync(() => Messages.SendAsync(_alice, Room, new("bad too", "c1"), null, Cancelled)));
        Assert.Equal("content_blocked", await CodeAsync(() => Messages.SendAsync(_alice, Room, new("bad", "c2"), null, Cancelled)));
    }

    private static async Task<string> CodeAsync(Func<Task> act) => (await Assert.ThrowsAsync<RefusedException>(act)).Refusal.Code;

    /// <summary>Each time it is looked at, minutes have passed.</summary>
    private sealed class LeapingClock : TimeProvider
    {
        private long _at;

        public override long GetTimestamp() => Interlocked.Add(ref _at, 100 * TimestampFrequency);
    }
}
