using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Entries;
using Caas.Core.Exports;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Tests.Entries;
using Xunit;

namespace Caas.Tests.Exports;

/// <summary>What <see cref="IUserTraceStore"/> promises. Adapters inherit it.</summary>
public abstract class UserTraceStoreContract
{
    private static readonly TenantId Acme = new("acme");
    private static readonly UserId Ann = new("ann");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <param name="few">Who wrote fewer entries in a log is read by them; null: as in service.</param>
    /// <param name="stretch">How many entries are looked through at a time; null: as in service.</param>
    protected abstract IUserTraceStore CreateStore(int? few = null, int? stretch = null);

    /// <summary>Over the same database.</summary>
    protected abstract IConversationStore CreateConversations();

    /// <summary>Over the same database.</summary>
    protected abstract IEntryStore CreateEntries();

    [Fact]
    public async Task Conversations_of_members_former_members_and_writers_are_found_deleted_ones_too()
    {
        await MakeAsync("here", "ann", "bob");
        await MakeAsync("left", "ann");
        await CreateConversations().FoldAsync(Conversation("left", 2), 1, [MemberOf("left", "ann") with { Removed = true, Rev = 2 }], Cancelled);
        await MakeAsync("gone", "ann");
        await CreateConversations().FoldAsync(Conversation("gone", 2) with { DeletedAt = DateTimeOffset.UnixEpoch }, 1, [], Cancelled);
        await MakeAsync("wrote");
        await MakeAsync("others", "bob");
        await CreateEntries().AppendAsync([Drafts.Message(new(Acme, "wrote"), "1") with { ActorId = "ann" }, Drafts.Message(new(Acme, "others"), "1") with { ActorId = "bob" }], Cancelled);
        await CreateConversations().FoldAsync(Conversation("other-tenant", 1) with { Tenant = new("acme0") }, null, [MemberOf("other-tenant", "ann") with { Tenant = new("acme0") }], Cancelled);

        var found = await CreateStore().FindConversationsAsync(Acme, Ann, null, Cancelled);
        Assert.Equal(["gone", "here", "left", "wrote"], found.Conversations.Select(id => id.Value));
        Assert.Null(found.Next);
        Assert.Equal(["left", "wrote"], (await CreateStore().FindConversationsAsync(Acme, Ann, new("here"), Cancelled)).Conversations.Select(id => id.Value));
        Assert.Empty((await CreateStore().FindConversationsAsync(new("globex"), Ann, null, Cancelled)).Conversations);
    }

    [Fact]
    public async Task A_users_entries_of_a_log_come_in_order_page_by_page()
    {
        var log = new LogId(Acme, "room");
        await CreateEntries().AppendAsync([.. Enumerable.Range(1, 6).Select(n => Drafts.Message(log, $"{n}") with { ActorId = n % 2 == 0 ? "ann" : "bob" })], Cancelled);
        Assert.Equal("2 4 > 4", Shown(await CreateStore().ReadByActorAsync(log, Ann, 0, 2, Cancelled)));
        Assert.Equal("6 >", Shown(await CreateStore().ReadByActorAsync(log, Ann, 4, 2, Cancelled)));
        Assert.Equal(" >", Shown(await CreateStore().ReadByActorAsync(log, Ann, 6, 2, Cancelled)));
        Assert.Equal(" >", Shown(await CreateStore().ReadByActorAsync(log, new("carol"), 0, 2, Cancelled)));
    }

    [Fact]
    public async Task Of_who_wrote_much_a_bounded_stretch_is_looked_through_at_a_time()
    {
        var log = new LogId(Acme, "room");
        await CreateEntries().AppendAsync([.. Enumerable.Range(1, 30).Select(n => Drafts.Message(log, $"{n}") with { ActorId = n is <= 3 or 21 ? "ann" : "bob" })], Cancelled);
        var store = CreateStore(few: 3, stretch: 8);
        Assert.Equal("1 2 > 2", Shown(await store.ReadByActorAsync(log, Ann, 0, 2, Cancelled)));
        Assert.Equal("3 > 10", Shown(await store.ReadByActorAsync(log, Ann, 2, 2, Cancelled)));
        Assert.Equal(" > 18", Shown(await store.ReadByActorAsync(log, Ann, 10, 2, Cancelled)));
        Assert.Equal("21 > 26", Shown(await store.ReadByActorAsync(log, Ann, 18, 2, Cancelled)));
        Assert.Equal(" >", Shown(await store.ReadByActorAsync(log, Ann, 26, 2, Cancelled)));
        Assert.Equal(" >", Shown(await store.ReadByActorAsync(log, Ann, 22, 2, Cancelled)));
    }

    private static string Shown(UserEntries page) => $"{string.Join(' ', page.Entries.Select(entry => entry.Seq))} > {page.Next}".TrimEnd();

    private Task<bool> MakeAsync(string id, params string[] members) => CreateConversations().FoldAsync(Conversation(id, 1), null, [.. members.Select(member => MemberOf(id, member))], Cancelled);

    private static Conversation Conversation(string id, long rev) => new()
    {
        Tenant = Acme,
        Id = new(id),
        Type = ConversationType.Group,
        CreatedAt = DateTimeOffset.UnixEpoch,
        UpdatedAt = DateTimeOffset.UnixEpoch,
        Rev = rev,
        Summary = new(1, 0, 0, DateTimeOffset.UnixEpoch),
    };

    private static Member MemberOf(string conversation, string user) =>
        new() { Tenant = Acme, Conversation = new(conversation), User = new(user), Role = MemberRole.Member, JoinedAt = DateTimeOffset.UnixEpoch, JoinedSeq = 1, Rev = 1 };
}
