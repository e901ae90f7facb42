using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Messages;
using Caas.Core.Refusals;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Conversations;

public sealed class ConversationServiceTests : IAsyncLifetime
{
    private readonly CorePlatform _platform = new();
    private Caller _alice = null!;
    private Caller _bob = null!;
    private Caller _carol = null!;

    private ConversationService Conversations => _platform.Get<ConversationService>();

    private ConversationReader Reader => _platform.Get<ConversationReader>();

    private MemberService Members => _platform.Get<MemberService>();

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        _alice = await _platform.UserAsync("alice");
        _bob = await _platform.UserAsync("bob");
        _carol = await _platform.UserAsync("carol");
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task The_same_two_people_have_one_direct_conversation_whoever_asks()
    {
        var (first, created) = await Conversations.CreateAsync(_alice, new(ConversationType.Direct, MemberIds: ["bob"]), Cancelled);
        var (second, createdAgain) = await Conversations.CreateAsync(_bob, new(ConversationType.Direct, MemberIds: ["alice", "bob"]), Cancelled);
        var (byBackend, _) = await Conversations.CreateAsync(CorePlatform.Backend(), new(ConversationType.Direct, MemberIds: ["bob", "alice"]), Cancelled);

        Assert.True(created);
        Assert.False(createdAgain);
        Assert.Equal(first.Id, second.Id);
        Assert.Equal(first.Id, byBackend.Id);
        Assert.Equal("validation_failed", await CodeAsync(() => Conversations.CreateAsync(_alice, new(ConversationType.Direct, MemberIds: ["bob", "carol"]), Cancelled)));
        Assert.Equal("not_allowed", await CodeAsync(() => Members.AddAsync(CorePlatform.Backend(), new(first.Id), new(["carol"]), Cancelled)));
    }

    [Fact]
    public async Task After_a_deletion_the_same_two_people_get_a_fresh_direct_conversation()
    {
        var request = new CreateConversationRequest(ConversationType.Direct, MemberIds: ["alice", "bob"]);
        var ids = new HashSet<string>();
        for (var generation = 1; generation <= 6; generation++)
        {
            var (fresh, created) = await Conversations.CreateAsync(_alice, request, Cancelled);
            Assert.True(created);
            Assert.True(ids.Add(fresh.Id));
            Assert.Equal(1, fresh.LastSeq);
            var (again, createdAgain) = await Conversations.CreateAsync(_bob, request, Cancelled);
            Assert.Equal((fresh.Id, false), (again.Id, createdAgain));
            await _platform.Get<MessageService>().SendAsync(_bob, new(fresh.Id), new("a secret"), null, Cancelled);
            await Conversations.DeleteAsync(CorePlatform.Backend(), new(fresh.Id), Cancelled);
            Assert.Equal("conversation_not_found", await CodeAsync(() => Reader.GetAsync(_bob, new(fresh.Id), Cancelled)));
        }

        Assert.Empty((await Reader.ListAsync(_bob, null, null, null, Cancelled)).Items);
    }

    [Fact]
    public async Task Two_people_who_ask_for_their_fresh_direct_conversation_at_once_on_two_gateways_get_the_same_one()
    {
        await using var other = new CorePlatform(_platform.Folder);
        var request = new CreateConversationRequest(ConversationType.Direct, MemberIds: ["alice", "bob"]);
        for (var round = 0; round < 3; round++)
        {
            var made = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => (i % 2 == 0 ? _platform : other).Get<ConversationService>().CreateAsync(i % 3 == 0 ? _alice : _bob, request, Cancelled)));
            Assert.Single(made.Select(one => one.Conversation.Id).Distinct());
            Assert.Single(made, one => one.Created);
            Assert.Equal(made[0].Conversation.Id, Assert.Single((await Reader.ListAsync(_alice, null, null, null, Cancelled)).Items).Id);
            await Conversations.DeleteAsync(CorePlatform.Backend(), new(made[0].Conversation.Id), Cancelled);
        }
    }

    [Fact]
    public async Task Of_many_who_create_the_same_id_at_once_one_succeeds()
    {
        await using var other = new CorePlatform(_platform.Folder);
        var attempts = Enumerable.Range(0, 20).Select(async i =>
        {
            try
            {
                await (i % 2 == 0 ? _platform : other).Get<ConversationService>().CreateAsync(_alice, new(ConversationType.Group, "once"), Cancelled);
                return "created";
            }
            catch (RefusedException refused)
            {
                return refused.Refusal.Code;
            }
        });
        var results = await Task.WhenAll(attempts);
        Assert.Single(results, "created");
        Assert.Equal(19, results.Count(result => result == "id_taken"));
    }

    [Fact]
    public async Task A_deleted_conversation_is_gone_for_all_and_its_id_is_never_given_again()
    {
        await Conversations.CreateAsync(_alice, new(ConversationType.Group, "gone", MemberIds: ["bob"]), Cancelled);
        Assert.Equal("not_allowed", await CodeAsync(() => Conversations.DeleteAsync(_bob, new("gone"), Cancelled)));
        await Conversations.DeleteAsync(_alice, new("gone"), Cancelled);

        Assert.Equal("conversation_not_found", await CodeAsync(() => Reader.GetAsync(_alice, new("gone"), Cancelled)));
        Assert.Equal("id_taken", await CodeAsync(() => Conversations.CreateAsync(_alice, new(ConversationType.Group, "gone"), Cancelled)));
        Assert.Empty((await Reader.ListAsync(_bob, null, null, null, Cancelled)).Items);
    }

    [Fact]
    public async Task Roles_decide_who_may_change_whom()
    {
        var id = new ConversationId("roles");
        await Conversations.CreateAsync(_alice, new(ConversationType.Group, "roles", MemberIds: ["bob"]), Cancelled);
        await _platform.UserAsync("dave");

        Assert.Equal("not_allowed", await CodeAsync(() => Members.AddAsync(_bob, id, new(["carol"]), Cancelled)));
        await Members.UpdateAsync(_alice, id, "bob", new(MemberRole.Moderator), Cancelled);
        var added = await Members.AddAsync(_bob, id, new(["carol", "dave"]), Cancelled);
        Assert.Equal(["carol", "dave"], added.Items.Select(member => member.UserId));
        Assert.Equal("not_allowed", await CodeAsync(() => Members.AddAsync(_bob, id, new(["carol"], MemberRole.Owner), Cancelled)));
        Assert.Equal("not_allowed", await CodeAsync(() => Members.RemoveAsync(_bob, id, "alice", Cancelled)));
        await Members.RemoveAsync(_bob, id, "carol", Cancelled);
        Assert.Equal("not_a_member", await CodeAsync(() => Reader.GetAsync(_carol, id, Cancelled)));
        Assert.Equal(3, (await Reader.GetAsync(_alice, id, Cancelled)).MemberCount);
        Assert.Equal("member_not_found", await CodeAsync(() => Members.RemoveAsync(_alice, id, "carol", Cancelled)));
    }

    [Fact]
    public async Task Channels_are_joined_and_left_by_oneself_groups_are_not_joined()
    {
        var id = new ConversationId("town");
        await Conversations.CreateAsync(CorePlatform.Backend(), new(ConversationType.Channel, "town", "Town square"), Cancelled);
        Assert.Equal("not_a_member", await CodeAsync(() => Reader.GetAsync(_bob, id, Cancelled)));
        var member = await Members.JoinAsync(_bob, id, Cancelled);
        Assert.Equal(MemberRole.Member, member.Role);
        Assert.Equal("town", Assert.Single((await Reader.ListAsync(_bob, null, null, null, Cancelled)).Items).Id);
        await Members.LeaveAsync(_bob, id, Cancelled);
        Assert.Empty((await Reader.ListAsync(_bob, null, null, null, Cancelled)).Items);
        await Members.JoinAsync(_bob, id, Cancelled);
        Assert.Equal(1, (await Reader.GetAsync(_bob, id, Cancelled)).MemberCount);

        await Conversations.CreateAsync(_alice, new(ConversationType.Group, "closed"), Cancelled);
        Assert.Equal("not_allowed", await CodeAsync(() => Members.JoinAsync(_bob, new("closed"), Cancelled)));
    }

    [Fact]
    public async Task An_update_changes_what_was_sent_and_clears_what_was_null()
    {
        var id = new ConversationId("room");
        await Conversations.CreateAsync(_alice, new(ConversationType.Group, "room", "Old", ["bob"]), Cancelled);
        var renamed = await Conversations.UpdateAsync(_alice, id, new() { Name = "New" }, Cancelled);
        Assert.Equal("New", renamed.Name);
        var cleared = await Conversations.UpdateAsync(_alice, id, new() { Name = new Optional<string>(null) }, Cancelled);
        Assert.Null(cleared.Name);
        Assert.Equal("not_allowed", await CodeAsync(() => Conversations.UpdateAsync(_bob, id, new() { Name = "Mine" }, Cancelled)));
    }

    [Fact]
    public async Task Unknown_members_are_named()
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Conversations.CreateAsync(_alice, new(ConversationType.Group, MemberIds: ["bob", "nobody"]), Cancelled));
        Assert.Equal("user_not_found", refused.Refusal.Code);
        Assert.Contains("nobody", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forged_cursor_is_refused_and_pages_join_without_gap_or_repeat()
    {
        for (var i = 0; i < 7; i++)
        {
            await Conversations.CreateAsync(_alice, new(ConversationType.Group, $"c{i}"), Cancelled);
        }

        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await Reader.ListAsync(_alice, null, 3, cursor, Cancelled);
            seen.AddRange(page.Items.Select(item => item.Id));
            cursor = page.Next;
        }
        while (cursor is not null);

        Assert.Equal(7, seen.Count);
        Assert.Equal(Enumerable.Range(0, 7).Select(i => $"c{i}"), seen.Order(StringComparer.Ordinal));
        Assert.Equal("invalid_cursor", await CodeAsync(() => Reader.ListAsync(_alice, null, 3, "forged", Cancelled)));
        Assert.Equal("validation_failed", await CodeAsync(() => Reader.ListAsync(_alice, null, 201, null, Cancelled)));
    }

    [Fact]
    public async Task What_a_crash_left_between_append_and_fold_is_repaired()
    {
        var id = new ConversationId("room");
        await Conversations.CreateAsync(_alice, new(ConversationType.Group, "room", MemberIds: ["bob"]), Cancelled);
        var sent = await _platform.Get<MessageService>().SendAsync(_alice, id, new("before"), null, Cancelled);
        var log = LogId.Of(_alice.Tenant, id);

        // Appended, but the process died before it folded.
        var drafts = _platform.Get<EntryDrafts>();
        var added = System.Text.Json.JsonSerializer.SerializeToElement(new MembersAddedData(["carol"], MemberRole.Member), Caas.Core.Json.CoreJsonContext.Default.MembersAddedData);
        var edited = System.Text.Json.JsonSerializer.SerializeToElement(new MessageEditedData(sent.Message.Id, new("after", [], [], null)), Caas.Core.Json.CoreJsonContext.Default.MessageEditedData);
        await _platform.Get<IEntryStore>().AppendAsync(
            [
                drafts.Create(_alice, log, EntryTypes.MemberAdded, "h1", EntryTarget.Log, null) with { Data = added },
                drafts.Create(_alice, log, EntryTypes.MessageEdited, "h2", sent.Message.Seq, null) with { Data = edited },
            ],
            Cancelled);
        Assert.Equal("not_a_member", await CodeAsync(() => Reader.GetAsync(_carol, id, Cancelled)));

        EntryHeader[] headers = [.. (await _platform.Get<IEntryStore>().ReadAfterAsync(log, 0, 100, Cancelled)).Select(entry => new EntryHeader(log, entry.Seq, entry.MessageNo, entry.Type, entry.Target, entry.ActorId, entry.At))];
        foreach (var projection in _platform.Services.GetServices<ILogProjection>().Where(projection => projection.Handles(log)))
        {
            await projection.RepairAsync(log, headers, Cancelled);
        }

        Assert.Equal(3, (await Reader.GetAsync(_carol, id, Cancelled)).MemberCount);
        Assert.Equal("after", (await _platform.Get<MessageReader>().GetAsync(_carol, id, sent.Message.Id, Cancelled)).Text);
    }

    private static async Task<string> CodeAsync(Func<Task> call) => (await Assert.ThrowsAsync<RefusedException>(call)).Refusal.Code;
}
