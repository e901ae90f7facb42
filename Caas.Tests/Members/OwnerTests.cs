using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Core.Json;
using Caas.Core.Members;
using Caas.Core.Refusals;
using Caas.Tests.Core;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Members;

/// <summary>Who owns a conversation: whoever made it or was named, and after the last owner whoever follows.</summary>
public sealed class OwnerTests : IAsyncLifetime
{
    private static readonly ConversationId Room = new("room");

    private readonly CorePlatform _platform = new();
    private readonly Dictionary<string, Caller> _users = [];

    private ConversationService Conversations => _platform.Get<ConversationService>();

    private MemberService Members => _platform.Get<MemberService>();

    private static CancellationToken Cancelled => CorePlatform.Cancelled;

    public async ValueTask InitializeAsync()
    {
        foreach (var user in new[] { "alice", "bob", "carol", "dave", "erin" })
        {
            _users[user] = await _platform.UserAsync(user);
        }
    }

    public ValueTask DisposeAsync() => _platform.DisposeAsync();

    [Fact]
    public async Task Who_is_named_first_by_the_backend_owns_nothing()
    {
        await Conversations.CreateAsync(CorePlatform.Backend(), new(ConversationType.Group, "room", MemberIds: ["alice", "bob"]), Cancelled);
        Assert.Equal("alice:member bob:member", await RolesAsync());
        Assert.Equal("not_allowed", await CodeAsync(() => Conversations.DeleteAsync(_users["alice"], Room, Cancelled)));
    }

    [Fact]
    public async Task The_backend_names_roles_beside_members()
    {
        await Conversations.CreateAsync(CorePlatform.Backend(), new(ConversationType.Group, "room", MemberIds: ["bob", "alice"], Members: [new("alice", MemberRole.Owner), new("carol", MemberRole.Reader), new("dave")]), Cancelled);
        Assert.Equal("alice:owner bob:member carol:reader dave:member", await RolesAsync());
    }

    [Fact]
    public async Task A_user_who_creates_owns_and_may_name_others()
    {
        await Conversations.CreateAsync(_users["bob"], new(ConversationType.Group, "room", MemberIds: ["alice", "bob"], Members: [new("carol", MemberRole.Moderator), new("bob")]), Cancelled);
        Assert.Equal("alice:member bob:owner carol:moderator", await RolesAsync());
    }

    [Fact]
    public async Task An_addition_that_comes_late_changes_nothing_of_who_is_a_member_already()
    {
        await Conversations.CreateAsync(_users["bob"], new(ConversationType.Group, "room", MemberIds: ["alice"]), Cancelled);
        var joined = (await Members.ListAsync(CorePlatform.Backend(), Room, null, null, Cancelled)).Items.ToDictionary(member => member.UserId, member => member.JoinedAt);
        await Members.UpdateAsync(_users["bob"], Room, "alice", new(MemberRole.Moderator), Cancelled);

        // What two calls make that add the same users at the same moment: neither saw the other's.
        foreach (var role in new[] { MemberRole.Member, MemberRole.Reader })
        {
            await _platform.Get<ConversationWriter>().WriteAsync(CorePlatform.Backend(), Room, EntryTypes.MemberAdded, new MembersAddedData(["alice", "carol"], role), CoreJsonContext.Default.MembersAddedData, clientId: null, Cancelled);
        }

        Assert.Equal("alice:moderator bob:owner carol:member", await RolesAsync());
        var now = (await Members.ListAsync(CorePlatform.Backend(), Room, null, null, Cancelled)).Items.ToDictionary(member => member.UserId, member => member.JoinedAt);
        Assert.Equal(joined["alice"], now["alice"]);
    }

    [Fact]
    public async Task Wrong_members_are_told()
    {
        await RefusedAsync(new(ConversationType.Group, Members: [new("a b")]));
        await RefusedAsync(new(ConversationType.Group, Members: [null!]));
        await RefusedAsync(new(ConversationType.Group, Members: [new("bob"), new("bob", MemberRole.Owner)]));
        await RefusedAsync(new(ConversationType.Group, Members: [new("alice", MemberRole.Reader)]));
        await RefusedAsync(new(ConversationType.Group, Members: [new("bob", (MemberRole)9)]));
        await RefusedAsync(new(ConversationType.Direct, Members: [new("bob")]));

        async Task RefusedAsync(CreateConversationRequest request)
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => Conversations.CreateAsync(_users["alice"], request, Cancelled));
            Assert.Equal("validation_failed", refused.Refusal.Code);
            Assert.Contains("members", refused.Errors!.Keys);
        }
    }

    [Fact]
    public async Task When_the_last_owner_leaves_the_longest_standing_moderator_follows_else_the_longest_standing_member_and_never_a_reader()
    {
        await Conversations.CreateAsync(_users["alice"], new(ConversationType.Group, "room", Members: [new("bob", MemberRole.Reader), new("erin")]), Cancelled);
        await Members.AddAsync(_users["alice"], Room, new(["dave"], MemberRole.Moderator), Cancelled);
        await Members.AddAsync(_users["alice"], Room, new(["carol"], MemberRole.Moderator), Cancelled);

        await Members.LeaveAsync(_users["alice"], Room, Cancelled);
        Assert.Equal("bob:reader carol:moderator dave:owner erin:member", await RolesAsync());
        var last = (await _platform.Get<IEntryStore>().ReadAfterAsync(LogId.Of(new("acme"), Room), 0, 10, Cancelled)).TakeLast(2).ToList();
        Assert.Equal([(EntryTypes.MemberChanged, "alice"), (EntryTypes.MemberRemoved, "alice")], last.Select(entry => (entry.Type, entry.ActorId)));
        Assert.Equal(last.Select(entry => entry.Seq), _platform.Broadcaster.Entries.TakeLast(2).Select(entry => entry.Seq));

        await Members.RemoveAsync(_users["dave"], Room, "dave", Cancelled);
        await Members.LeaveAsync(_users["carol"], Room, Cancelled);
        Assert.Equal("bob:reader erin:owner", await RolesAsync());
        await Members.LeaveAsync(_users["erin"], Room, Cancelled);
        Assert.Equal("bob:reader", await RolesAsync());
    }

    [Fact]
    public async Task Of_several_owners_who_leave_at_once_the_last_leaves_one_behind()
    {
        await using var other = new CorePlatform(_platform.Folder);
        for (var round = 0; round < 5; round++)
        {
            var room = new ConversationId($"room-{round}");
            await Conversations.CreateAsync(CorePlatform.Backend(), new(ConversationType.Group, room.Value, MemberIds: ["carol", "dave"], Members: [new("alice", MemberRole.Owner), new("bob", MemberRole.Owner)]), Cancelled);
            await Task.WhenAll(Members.LeaveAsync(_users["alice"], room, Cancelled), other.Get<MemberService>().LeaveAsync(_users["bob"], room, Cancelled));
            Assert.Equal("carol:owner dave:member", await RolesAsync(room));
        }
    }

    [Fact]
    public async Task The_last_owner_does_not_step_down_and_one_of_two_may()
    {
        await Conversations.CreateAsync(_users["alice"], new(ConversationType.Group, "room", MemberIds: ["bob"]), Cancelled);
        Assert.Equal("not_allowed", await CodeAsync(() => Members.UpdateAsync(_users["alice"], Room, "alice", new(MemberRole.Member), Cancelled)));
        await Members.UpdateAsync(_users["alice"], Room, "bob", new(MemberRole.Owner), Cancelled);
        await Members.UpdateAsync(_users["alice"], Room, "alice", new(MemberRole.Member), Cancelled);
        await Members.UpdateAsync(CorePlatform.Backend(), Room, "bob", new(MemberRole.Member), Cancelled);
        Assert.Equal("alice:member bob:member", await RolesAsync());
        await Members.LeaveAsync(_users["bob"], Room, Cancelled);
        Assert.Equal("alice:member", await RolesAsync());
    }

    [Fact]
    public async Task Of_two_owners_who_step_down_at_once_or_remove_each_other_one_stays()
    {
        await using var other = new CorePlatform(_platform.Folder);
        for (var round = 0; round < 10; round++)
        {
            var room = new ConversationId($"room-{round}");
            await Conversations.CreateAsync(_users["alice"], new(ConversationType.Group, room.Value, MemberIds: ["carol"], Members: [new("bob", MemberRole.Owner)]), Cancelled);
            await AtOnceAsync(
                round % 2 == 0
                    ? [() => Members.UpdateAsync(_users["alice"], room, "alice", new(MemberRole.Member), Cancelled), () => other.Get<MemberService>().UpdateAsync(_users["bob"], room, "bob", new(MemberRole.Member), Cancelled)]
                    : [() => Members.RemoveAsync(_users["alice"], room, "bob", Cancelled), () => other.Get<MemberService>().RemoveAsync(_users["bob"], room, "alice", Cancelled)]);
            Assert.Contains(":owner", await RolesAsync(room), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_repairs_names_an_owner_where_the_call_that_took_the_last_ones_role_died()
    {
        await Conversations.CreateAsync(_users["alice"], new(ConversationType.Group, "room", MemberIds: ["bob", "carol"]), Cancelled);
        await WriteAsync(_users["alice"], EntryTypes.MemberRemoved, new MembersRemovedData(["alice"]), CoreJsonContext.Default.MembersRemovedData);
        Assert.Equal("bob:member carol:member", await RolesAsync());
        await RepairAsync();
        await RepairAsync();
        Assert.Equal("bob:owner carol:member", await RolesAsync());

        await WriteAsync(_users["bob"], EntryTypes.MemberChanged, new MemberChangedData("bob", MemberRole.Reader), CoreJsonContext.Default.MemberChangedData);
        await RepairAsync();
        Assert.Equal("bob:reader carol:owner", await RolesAsync());

        // The backend decides as it likes, and whoever leaves what had no owner leaves it so.
        await Members.UpdateAsync(CorePlatform.Backend(), Room, "carol", new(MemberRole.Member), Cancelled);
        await Members.AddAsync(CorePlatform.Backend(), Room, new(["dave"], MemberRole.Moderator), Cancelled);
        await WriteAsync(_users["carol"], EntryTypes.MemberRemoved, new MembersRemovedData(["carol"]), CoreJsonContext.Default.MembersRemovedData);
        await WriteAsync(await _platform.UserAsync("root", admin: true), EntryTypes.MemberChanged, new MemberChangedData("dave", MemberRole.Member), CoreJsonContext.Default.MemberChangedData);
        await RepairAsync(last: 2);
        Assert.Equal("bob:reader dave:member", await RolesAsync());

        Task WriteAsync<T>(Caller caller, string type, T data, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> info) =>
            _platform.Get<ConversationWriter>().WriteAsync(caller, Room, type, data, info, clientId: null, Cancelled);
    }

    /// <summary>What the projector does with the newest entries.</summary>
    private async Task RepairAsync(int last = 1)
    {
        var entries = await _platform.Get<IEntryStore>().ReadAfterAsync(LogId.Of(new("acme"), Room), 0, 100, Cancelled);
        await _platform.Services.GetServices<ILogProjection>().OfType<ConversationProjection>().Single()
            .RepairAsync(entries[0].Log, [.. entries.TakeLast(last).Select(entry => new EntryHeader(entry.Log, entry.Seq, entry.MessageNo, entry.Type, entry.Target, entry.ActorId, entry.At))], Cancelled);
    }

    /// <summary>One of them may be refused: the other was first.</summary>
    private static async Task AtOnceAsync(IReadOnlyList<Func<Task>> calls)
    {
        var refusals = await Task.WhenAll(calls.Select(async call =>
        {
            await Task.Yield();
            return await Record.ExceptionAsync(call);
        }));
        Assert.All(refusals.OfType<Exception>(), refusal => Assert.IsType<RefusedException>(refusal));
    }

    private async Task<string> RolesAsync(ConversationId? room = null) =>
        string.Join(' ', (await Members.ListAsync(CorePlatform.Backend(), room ?? Room, null, null, Cancelled)).Items.Select(member => $"{member.UserId}:{member.Role.ToString().ToLowerInvariant()}"));

    private static async Task<string> CodeAsync(Func<Task> call) => (await Assert.ThrowsAsync<RefusedException>(call)).Refusal.Code;
}
