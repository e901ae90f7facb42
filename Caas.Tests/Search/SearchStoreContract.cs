using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Ids;
using Caas.Core.Members;
using Caas.Core.Search;
using Xunit;

namespace Caas.Tests.Search;

/// <summary>What <see cref="ISearchStore"/> promises. Adapters inherit it.</summary>
public abstract class SearchStoreContract
{
    private static readonly TenantId Acme = new("acme");
    private static readonly UserId Ann = new("ann");
    private static readonly DateTimeOffset Noon = DateTimeOffset.UnixEpoch.AddYears(50);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>A store over the test's database; several calls give several instances over the same one.</summary>
    protected abstract ISearchStore CreateStore();

    /// <summary>Over the same database.</summary>
    protected abstract IConversationStore CreateConversations();

    [Fact]
    public async Task The_newest_come_first_page_by_page_and_only_those_that_have_all_terms()
    {
        var store = CreateStore();
        await MakeAsync("a", "ann");
        await MakeAsync("b", "ann");
        await store.ApplyAsync([Document("a", 2, 20, "hello there"), Document("b", 2, 10, "hello"), Document("a", 3, 30, "hello world"), Document("b", 3, 40, "world"), Document("b", 4, 50, "well, hello world")], Cancelled);
        Assert.Equal(["b/4", "a/3", "a/2", "b/2"], await FindAsync(Query("hello")));
        Assert.Equal(["b/4", "a/3"], await FindAsync(Query("hello world")));
        Assert.Equal(["b/4", "a/3"], await FindAsync(Query("hell worl")));
        Assert.Equal(["b/4", "b/3", "a/3"], await FindAsync(Query("w")));
        Assert.Empty(await FindAsync(Query("hello nobody")));

        var paged = new List<string>();
        string? after = null;
        do
        {
            var page = await store.FindAsync(Query("hello") with { Limit = 1, After = after }, Cancelled);
            paged.AddRange(page.Hits.Select(Name));
            Assert.All(page.Hits, hit => Assert.True(page.Next is null || page.Next == hit.Place));
            after = page.Next;
        }
        while (after is not null);
        Assert.Equal(["b/4", "a/3", "a/2", "b/2"], paged);
    }

    [Fact]
    public async Task Only_a_members_conversations_one_conversation_one_sender_and_what_is_before_a_time()
    {
        var store = CreateStore();
        await MakeAsync("a", "ann", "bob");
        await MakeAsync("b", "bob");
        await MakeAsync("gone", "ann");
        await MakeAsync("left", "ann");
        await store.ApplyAsync([.. new[] { "a", "b", "gone", "left" }.Select((log, n) => Document(log, 2, 10 * n, "hello", sender: log == "b" ? "bob" : "ann"))], Cancelled);
        await CreateConversations().FoldAsync(Conversation("gone", 2) with { DeletedAt = Noon }, 1, [], Cancelled);
        await CreateConversations().FoldAsync(Conversation("left", 2), 1, [MemberOf("left", "ann") with { Removed = true, Rev = 2 }], Cancelled);
        Assert.Equal(["a/2"], await FindAsync(Query("hello") with { Member = Ann }));
        Assert.Equal(["b/2", "a/2"], await FindAsync(Query("hello") with { Member = new("bob") }));
        Assert.Empty(await FindAsync(Query("hello") with { Member = new("nobody") }));
        Assert.Equal(["left/2", "b/2", "a/2"], await FindAsync(Query("hello")));
        Assert.Equal(["b/2"], await FindAsync(Query("hello") with { Conversation = new("b") }));
        Assert.Empty(await FindAsync(Query("hello") with { Conversation = new("gone") }));
        Assert.Equal(["b/2"], await FindAsync(Query("hello") with { Sender = new("bob") }));
        Assert.DoesNotContain("left/2", await FindAsync(Query("hello") with { Before = Noon.AddMinutes(-10) }));
        Assert.Contains("a/2", await FindAsync(Query("hello") with { Before = Noon.AddMinutes(10) }));
    }

    [Fact]
    public async Task An_indexer_that_comes_late_brings_nothing_back_of_a_deleted_conversation()
    {
        var store = CreateStore();
        await MakeAsync("here", "ann");
        await MakeAsync("gone", "ann");
        await store.ApplyAsync([Document("gone", 2, 1, "hello")], Cancelled);
        await CreateConversations().FoldAsync(Conversation("gone", 2) with { DeletedAt = Noon }, 1, [], Cancelled);
        await store.EraseAsync(new(Acme, "gone"), Cancelled);
        await CreateStore().ApplyAsync([Document("gone", 3, 2, "hello"), Document("here", 2, 3, "hello"), Document("gone", 4, 4, "hello")], Cancelled);

        // Looked at as if it were not deleted, for then it is not found anyway.
        await CreateConversations().FoldAsync(Conversation("gone", 3), 2, [], Cancelled);
        Assert.Equal(["here/2"], await FindAsync(Query("hello")));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(40)]
    [InlineData(300)]
    [InlineData(1_200)]
    public async Task Who_is_in_few_and_who_is_in_many_conversations_finds_the_same(int conversations)
    {
        var store = CreateStore();
        for (var n = 0; n < conversations; n++)
        {
            await MakeAsync($"room-{n}", n % 2 == 0 ? ["ann"] : ["bob"]);
        }

        var documents = Enumerable.Range(0, 2 * conversations).Select(n => Document($"room-{n % conversations}", 2 + (n / conversations), n, n % 3 == 0 ? "hello" : "goodbye")).ToArray();
        await store.ApplyAsync(documents, Cancelled);
        var expected = documents.Where(document => document.Tokens.Contains("hello") && int.Parse(document.Log.Name[5..], System.Globalization.CultureInfo.InvariantCulture) % 2 == 0)
            .OrderByDescending(document => document.At).Select(document => $"{document.Log.Name}/{document.Seq}").ToArray();
        Assert.Equal(expected, await FindAsync(Query("hello") with { Member = Ann, Limit = 1_000 }));
        Assert.Equal(expected.Take(3), await FindAsync(Query("hello") with { Member = Ann, Limit = 3 }));
    }

    [Fact]
    public async Task The_latest_state_of_a_message_wins_in_whatever_order_it_is_applied()
    {
        var store = CreateStore();
        await MakeAsync("a", "ann");
        await store.ApplyAsync([Document("a", 2, 1, "first")], Cancelled);
        await store.ApplyAsync([Document("a", 2, 1, "second", rev: 5)], Cancelled);
        await CreateStore().ApplyAsync([Document("a", 2, 1, "first", rev: 4)], Cancelled);
        Assert.Empty(await FindAsync(Query("first")));
        Assert.Equal(["a/2"], await FindAsync(Query("second")));
        await store.ApplyAsync([Document("a", 2, 1, "second", rev: 6)], Cancelled);
        await store.ApplyAsync([Document("a", 2, 1, "", rev: 8)], Cancelled);
        await store.ApplyAsync([Document("a", 2, 1, "second", rev: 7)], Cancelled);
        await store.ApplyAsync([Document("a", 3, 1, "", rev: 9)], Cancelled);
        await store.ApplyAsync([Document("a", 3, 1, "third", rev: 3)], Cancelled);
        Assert.Empty(await FindAsync(Query("second")));
        Assert.Empty(await FindAsync(Query("third")));
    }

    [Fact]
    public async Task A_conversation_that_is_erased_is_not_found_and_nothing_else_is_touched()
    {
        var store = CreateStore();
        await MakeAsync("a", "ann");
        await MakeAsync("b", "ann");
        await store.ApplyAsync([.. Enumerable.Range(2, 250).Select(n => Document("a", n, n, "hello")), Document("b", 2, 1, "hello"), Document("a", 2, 1, "hello") with { Log = new(new("globex"), "a") }], Cancelled);
        await store.EraseAsync(new(Acme, "a"), Cancelled);
        await store.EraseAsync(new(Acme, "a"), Cancelled);
        Assert.Equal(["b/2"], await FindAsync(Query("hello")));
    }

    [Fact]
    public async Task Tenants_with_the_same_ids_never_meet_and_messages_of_one_moment_are_all_found()
    {
        var store = CreateStore();
        await MakeAsync("a", "ann");
        await store.ApplyAsync([.. Enumerable.Range(2, 300).Select(n => Document("a", n, 0, "hello")), Document("a", 2, 0, "hello secret") with { Log = new(new("globex"), "a") }], Cancelled);
        Assert.Equal(300, (await FindAsync(Query("hello") with { Member = Ann, Limit = 1_000 })).Length);
        Assert.Empty(await FindAsync(Query("secret")));
        Assert.Empty(await FindAsync(Query("hello") with { Tenant = new("globex"), Member = Ann }));
    }

    [Fact]
    public async Task Any_word_of_any_script_is_found_and_nothing_of_a_word_is_taken_for_a_question()
    {
        var store = CreateStore();
        await MakeAsync("a", "ann");
        string[] texts = ["中国人民", "カタカナ", "한국어", "café", "and or not near", "tokens rowid", "𠮷野家", "x1y2", "हिन्दी"];
        await store.ApplyAsync([.. texts.Select((text, n) => Document("a", n + 2, n, text))], Cancelled);
        string[] questions = ["国人", "カタ", "한국", "cafe", "and or not near", "tokens", "野", "x1y", "हिन्दी"];
        Assert.Equal(questions.Select((_, n) => $"a/{n + 2}"), (await Task.WhenAll(questions.Select(question => FindAsync(Query(question))))).Select(Assert.Single));
    }

    private static SearchQuery Query(string question) => new() { Tenant = Acme, Terms = SearchTokens.Of(SearchPattern.Parse(question)), Limit = 50 };

    private static SearchDocument Document(string log, long seq, int minutes, string text, long? rev = null, string? sender = "ann") =>
        new(new(Acme, log), seq, rev ?? seq, Noon.AddMinutes(minutes), sender, SearchTokens.Of(text));

    private static string Name(SearchHit hit) => $"{hit.Log.Name}/{hit.Seq}";

    private async Task<string[]> FindAsync(SearchQuery query) => [.. (await CreateStore().FindAsync(query, Cancelled)).Hits.Select(Name)];

    private Task<bool> MakeAsync(string id, params string[] members) => CreateConversations().FoldAsync(Conversation(id, 1), null, [.. members.Select(member => MemberOf(id, member))], Cancelled);

    private static Conversation Conversation(string id, long rev) =>
        new() { Tenant = Acme, Id = new(id), Type = ConversationType.Group, CreatedAt = Noon, UpdatedAt = Noon, Rev = rev, Summary = new(1, 0, 0, Noon) };

    private static Member MemberOf(string conversation, string user) =>
        new() { Tenant = Acme, Conversation = new(conversation), User = new(user), Role = MemberRole.Member, JoinedAt = Noon, JoinedSeq = 1, Rev = 1 };
}
