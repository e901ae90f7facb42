using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.OwnViews;
using Xunit;
using static Caas.Tests.Conversations.Samples;

namespace Caas.Tests.Conversations;

/// <summary>What <see cref="IConversationStore"/> promises. Adapters inherit it.</summary>
public abstract class ConversationStoreContract
{
    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract IConversationStore CreateStore();

    /// <summary>The members of the same database.</summary>
    protected abstract IMemberStore CreateMemberStore();

    [Fact]
    public async Task A_conversation_comes_back_as_it_was_stored()
    {
        var conversation = Conversation("general", rev: 3) with
        {
            Type = ConversationType.Channel,
            Name = "Général \"1\" 👩‍👩‍👧 \u202Eשלום",
            Frozen = true,
            SlowModeSeconds = 30,
            Custom = JsonElement.Parse("""{"n":1.50,"list":[{},null],"$set":{"a.b":"x"}}"""),
            CreatedBy = "ann@example.com",
            UpdatedAt = Noon.AddSeconds(5),
        };
        Assert.Null(await CreateStore().FindAsync(Acme, conversation.Id, Cancelled));
        Assert.True(await CreateStore().FoldAsync(conversation, null, [], Cancelled));
        AssertSame(conversation, await CreateStore().FindAsync(Acme, conversation.Id, Cancelled));
        Assert.Null(await CreateStore().FindAsync(Globex, conversation.Id, Cancelled));
        Assert.Null(await CreateStore().FindAsync(Acme, new("General"), Cancelled));
        AssertSame(conversation, Assert.Single(await CreateStore().FindManyAsync(Acme, [conversation.Id, new("nothing")], Cancelled)));
        Assert.Empty(await CreateStore().FindManyAsync(Globex, [conversation.Id], Cancelled));
    }

    [Fact]
    public async Task A_fold_stores_only_at_the_expected_rev()
    {
        var store = CreateStore();
        var first = Conversation("general", rev: 1);
        Assert.False(await store.FoldAsync(first with { Rev = 2 }, 1, [], Cancelled));
        Assert.True(await store.FoldAsync(first, null, [], Cancelled));
        Assert.False(await store.FoldAsync(first with { Name = "late", Rev = 2 }, null, [], Cancelled));
        var second = first with { Name = "second", UpdatedAt = Noon.AddMinutes(1), Rev = 4 };
        Assert.True(await CreateStore().FoldAsync(second, 1, [], Cancelled));
        Assert.False(await store.FoldAsync(first with { Name = "late", Rev = 3 }, 1, [], Cancelled));
        AssertSame(second, await store.FindAsync(Acme, first.Id, Cancelled));
    }

    [Fact]
    public async Task Of_folds_at_once_one_stores()
    {
        var stores = new[] { CreateStore(), CreateStore() };
        var conversation = Conversation("general");
        for (var rev = 0; rev < 20; rev++)
        {
            var (expected, next) = (rev == 0 ? (long?)null : rev, rev + 1);
            var stored = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(
                () => stores[n % 2].FoldAsync(conversation with { Name = $"{next} by {n}", Rev = next }, expected, [], Cancelled), Cancelled))).WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
            var winner = Assert.Single(Enumerable.Range(0, 4), n => stored[n]);
            Assert.Equal($"{next} by {winner}", (await stores[0].FindAsync(Acme, conversation.Id, Cancelled))!.Name);
        }
    }

    [Fact]
    public async Task Members_are_stored_where_they_are_newer_whether_the_conversation_is_or_not()
    {
        var (store, members) = (CreateStore(), CreateMemberStore());
        var conversation = Conversation("general", rev: 1);
        Assert.True(await store.FoldAsync(conversation, null, [Member("general", "ann", 1), Member("general", "bob", 1), Member("general", "cat", 1)], Cancelled));
        Assert.Equal(3, (await store.FindAsync(Acme, conversation.Id, Cancelled))!.MemberCount);

        Assert.False(await store.FoldAsync(conversation with { Rev = 9 }, 8, [Member("general", "bob", 5) with { Removed = true }, Member("general", "cat", 1) with { Role = MemberRole.Owner }], Cancelled));
        Assert.True((await members.FindAsync(Acme, conversation.Id, new("bob"), Cancelled))!.Removed);
        Assert.Equal(MemberRole.Member, (await members.FindAsync(Acme, conversation.Id, new("cat"), Cancelled))!.Role);

        Assert.True(await CreateStore().FoldAsync(conversation with { Rev = 6 }, 1, [Member("general", "bob", 4), Member("general", "dan", 6)], Cancelled));
        Assert.True((await members.FindAsync(Acme, conversation.Id, new("bob"), Cancelled))!.Removed);
        Assert.Equal(3, (await store.FindAsync(Acme, conversation.Id, Cancelled))!.MemberCount);
    }

    [Fact]
    public async Task A_summary_only_rises_and_folds_leave_it_alone()
    {
        var store = CreateStore();
        var conversation = Conversation("general", rev: 1) with { Summary = new(1, 0, 0, Noon) };
        await store.FoldAsync(conversation, null, [], Cancelled);
        await store.SummarizeAsync([(Acme, conversation.Id, new(5, 3, 4, Noon.AddMinutes(4))), (Acme, new("unknown"), new(1, 1, 1, Noon))], Cancelled);
        await CreateStore().SummarizeAsync([(Acme, conversation.Id, new(4, 2, 3, Noon.AddMinutes(3))), (Globex, conversation.Id, new(9, 9, 9, Noon.AddMinutes(9)))], Cancelled);
        Assert.True(await store.FoldAsync(conversation with { Name = "new", Rev = 6, Summary = new(1, 0, 0, Noon) }, 1, [], Cancelled));
        Assert.Equal(new ConversationSummary(5, 3, 4, Noon.AddMinutes(4)), (await store.FindAsync(Acme, conversation.Id, Cancelled))!.Summary);
        await store.SummarizeAsync([], Cancelled);
        Assert.Null(await store.FindAsync(Acme, new("unknown"), Cancelled));
    }

    [Fact]
    public async Task Without_a_message_the_last_activity_is_the_creation()
    {
        var store = CreateStore();
        await store.FoldAsync(Conversation("general") with { Summary = new(0, 0, 0, default) }, null, [], Cancelled);
        Assert.Equal(Noon, (await store.FindAsync(Acme, new("general"), Cancelled))!.Summary.LastActivityAt);
    }

    [Fact]
    public async Task A_deleted_conversation_is_found_but_not_listed_or_counted()
    {
        var store = CreateStore();
        var gone = Conversation("gone", rev: 1);
        await store.FoldAsync(gone, null, [Member("gone", "ann", 1)], Cancelled);
        await store.FoldAsync(Conversation("here"), null, [Member("here", "ann", 1)], Cancelled);
        Assert.Equal((2, 0), await store.CountAsync(Acme, Cancelled));
        Assert.True(await store.FoldAsync(gone with { DeletedAt = Noon.AddMinutes(1), Rev = 2 }, 1, [], Cancelled));
        Assert.Equal(Noon.AddMinutes(1), (await store.FindAsync(Acme, gone.Id, Cancelled))!.DeletedAt);
        Assert.False(await store.FoldAsync(gone with { Rev = 3 }, null, [], Cancelled));
        Assert.Equal(["here"], Ids(await store.ListForTenantAsync(Acme, null, 10, Cancelled)));
        Assert.Equal(["here"], Ids(await store.ListForUserAsync(Acme, new("ann"), OwnViewFilter.Plain, null, 10, Cancelled)));
        Assert.Equal(["gone"], Ids(await store.ListDeletedAsync(Acme, null, 10, Cancelled)));
        Assert.Equal((1, 0), await store.CountAsync(Acme, Cancelled));
        Assert.Equal(1, await store.CountStandingAsync(Acme, Cancelled));
    }

    [Fact]
    public async Task Lists_go_by_latest_activity_then_id_and_page_without_gap_or_repeat()
    {
        var store = CreateStore();
        for (var n = 0; n < 23; n++)
        {
            await store.FoldAsync(Conversation($"c{n:00}"), null, [Member($"c{n:00}", "ann", 1), Member($"c{n:00}", "bob", 1) with { Removed = n % 2 == 0 }], Cancelled);
        }

        // Several share a time; one moves to the top.
        await store.SummarizeAsync([.. Enumerable.Range(0, 23).Select(n => (Acme, new ConversationId($"c{n:00}"), new ConversationSummary(5, 2, 5, Noon.AddMinutes(n / 4))))], Cancelled);
        await store.SummarizeAsync([(Acme, new("c03"), new(6, 3, 6, Noon.AddHours(1)))], Cancelled);
        string[] expected = ["c03", .. Enumerable.Range(0, 23).Where(n => n != 3).Select(n => $"c{n:00}").OrderDescending(StringComparer.Ordinal)];

        Assert.Equal(expected, await PagesAsync(before => store.ListForTenantAsync(Acme, before, 5, Cancelled), conversation => conversation));
        Assert.Equal(expected, await PagesAsync(before => store.ListForUserAsync(Acme, new("ann"), OwnViewFilter.Plain, before, 4, Cancelled), item => item.Conversation));
        Assert.Equal(expected.Where(id => (id[2] - '0') % 2 == 1), await PagesAsync(before => store.ListForUserAsync(Acme, new("bob"), OwnViewFilter.Plain, before, 4, Cancelled), item => item.Conversation));
        Assert.Empty(await store.ListForUserAsync(Acme, new("cat"), OwnViewFilter.Plain, null, 10, Cancelled));
        Assert.Equal((23, 47), await store.CountAsync(Acme, Cancelled));
        Assert.Equal(23, await store.CountStandingAsync(Acme, Cancelled));
    }

    [Fact]
    public async Task Deleted_conversations_are_listed_by_id_in_pages()
    {
        var store = CreateStore();
        foreach (var n in Enumerable.Range(0, 7))
        {
            await store.FoldAsync(Conversation($"c{n}") with { DeletedAt = n == 3 ? null : Noon.AddMinutes(-n) }, null, [], Cancelled);
        }

        await store.FoldAsync(Conversation("c9") with { Tenant = Globex, DeletedAt = Noon }, null, [], Cancelled);
        Assert.Equal(["c0", "c1", "c2", "c4"], Ids(await store.ListDeletedAsync(Acme, null, 4, Cancelled)));
        Assert.Equal(["c5", "c6"], Ids(await store.ListDeletedAsync(Acme, new("c4"), 4, Cancelled)));
        Assert.Empty(await store.ListDeletedAsync(Acme, new("c6"), 4, Cancelled));
    }

    [Fact]
    public async Task A_users_list_gives_the_users_own_member()
    {
        var store = CreateStore();
        var ann = Member("general", "ann", 2) with { Role = MemberRole.Owner, ReadSeq = 2, JoinedAt = Noon.AddSeconds(3) };
        await store.FoldAsync(Conversation("general"), null, [ann, Member("general", "bob", 2)], Cancelled);
        var (conversation, member) = Assert.Single(await store.ListForUserAsync(Acme, new("ann"), OwnViewFilter.Plain, null, 10, Cancelled));
        Assert.Equal(("general", 2, ann), (conversation.Id.Value, conversation.MemberCount, member));
    }

    [Fact]
    public async Task Tenants_with_the_same_ids_never_meet()
    {
        var store = CreateStore();
        foreach (var tenant in new[] { Acme, Globex })
        {
            Assert.True(await store.FoldAsync(Conversation("general") with { Tenant = tenant, Name = tenant.Value }, null, [Member("general", "ann", 1) with { Tenant = tenant }], Cancelled));
        }

        await store.FoldAsync(Conversation("general") with { Tenant = Globex, Rev = 2, DeletedAt = Noon }, 1, [Member("general", "ann", 2) with { Tenant = Globex, Removed = true }], Cancelled);
        Assert.Equal(("acme", 1), (Assert.Single(await store.ListForUserAsync(Acme, new("ann"), OwnViewFilter.Plain, null, 10, Cancelled)).Conversation.Name, Assert.Single(await store.ListForTenantAsync(Acme, null, 10, Cancelled)).MemberCount));
        Assert.Empty(await store.ListForTenantAsync(Globex, null, 10, Cancelled));
        Assert.Equal((1, 0), await store.CountAsync(Acme, Cancelled));
    }

    private static async Task<List<string>> PagesAsync<T>(Func<ConversationCursor?, Task<IReadOnlyList<T>>> list, Func<T, Conversation> conversationOf)
    {
        var ids = new List<string>();
        for (ConversationCursor? before = null; await list(before) is { Count: > 0 } page;)
        {
            ids.AddRange(page.Select(item => conversationOf(item).Id.Value));
            var last = conversationOf(page[^1]);
            before = new(last.Summary.LastActivityAt, last.Id.Value);
            Assert.InRange(ids.Count, 1, 1000);
        }

        return ids;
    }

    private static string[] Ids(IEnumerable<Conversation> conversations) => [.. conversations.Select(conversation => conversation.Id.Value)];

    private static string[] Ids(IEnumerable<(Conversation Conversation, Member Member)> items) => Ids(items.Select(item => item.Conversation));

    // JSON of the tenant's own is equal when its values are.
    private static void AssertSame(Conversation expected, Conversation? stored)
    {
        Assert.NotNull(stored);
        Assert.Equal(expected with { Custom = null }, stored with { Custom = null });
        Assert.True(expected.Custom is null == stored.Custom is null && (expected.Custom is null || JsonElement.DeepEquals(expected.Custom.Value, stored.Custom!.Value)), $"{stored.Custom}");
    }
}
