using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Ids;
using Caas.Core.Notifications;
using Caas.Core.Users;
using Xunit;

namespace Caas.Tests.Users;

/// <summary>What <see cref="IUserStore"/> promises. Adapters inherit it.</summary>
public abstract class UserStoreContract
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123);
    private static readonly TenantId Acme = new("acme");
    private static readonly TenantId Other = new("other");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract IUserStore CreateStore();

    [Fact]
    public async Task A_user_comes_back_as_it_was_saved()
    {
        var (one, other) = (CreateStore(), CreateStore());
        var user = User("Alice.B@example:1", 7) with
        {
            Name = "Alice 👩‍🚀",
            AvatarUrl = "https://example.com/a.png",
            Role = UserRoles.Admin,
            Custom = Json("""{"a":[1,2.5,"x",null,true],"b":{"c":"é"}}"""),
            UpdatedAt = At.AddMinutes(1),
            DeactivatedAt = At.AddMinutes(2),
            Privacy = new(ReadReceipts: false, DeliveryReceipts: true, Typing: false),
            Notifications = NotificationDefaults.Fill(new(Conversations: new Dictionary<string, ConversationNotifications> { ["room.1"] = new(NotificationLevel.None, Until: At) }, QuietHours: new("UTC", "22:00", "07:00", [QuietDay.Friday])), "ann@example.com"),
        };
        await one.SaveAsync([user], Cancelled);
        var found = await other.FindAsync(Acme, user.Id, Cancelled);
        Assert.NotNull(found);
        Assert.True(JsonElement.DeepEquals(user.Custom!.Value, found.Custom!.Value));
        Assert.Equal(user with { Custom = found.Custom, Notifications = found.Notifications }, found);
        Assert.Equal(PreferencesText.Write(user.Notifications), PreferencesText.Write(found.Notifications));
    }

    [Fact]
    public async Task The_same_id_of_another_tenant_is_another_user()
    {
        var store = CreateStore();
        await store.SaveAsync([User("alice", 1) with { Name = "mine" }, User("alice", 5) with { Tenant = Other, Name = "theirs" }], Cancelled);
        Assert.Equal("mine", (await store.FindAsync(Acme, new("alice"), Cancelled))!.Name);
        Assert.Equal("theirs", (await store.FindAsync(Other, new("alice"), Cancelled))!.Name);
        Assert.Null(await store.FindAsync(new("third"), new("alice"), Cancelled));
    }

    [Fact]
    public async Task Ids_differ_by_case()
    {
        var store = CreateStore();
        await store.SaveAsync([User("alice", 1), User("Alice", 1) with { Name = "big" }], Cancelled);
        Assert.Equal("big", (await store.FindAsync(Acme, new("Alice"), Cancelled))!.Name);
        Assert.Equal("alice", (await store.FindAsync(Acme, new("alice"), Cancelled))!.Name);
    }

    [Fact]
    public async Task Each_is_replaced_by_a_higher_rev_only()
    {
        var store = CreateStore();
        await store.SaveAsync([User("a", 2) with { Name = "a2", Custom = Json("{}") }, User("b", 2) with { Name = "b2" }], Cancelled);
        await store.SaveAsync([User("a", 3) with { Name = "a3" }, User("b", 1) with { Name = "b1" }, User("b", 2) with { Name = "other b2" }], Cancelled);
        var found = (await store.FindManyAsync(Acme, [new("a"), new("b"), new("nobody")], Cancelled)).OrderBy(user => user.Id.Value).ToArray();
        Assert.Equal(["a3", "b2"], found.Select(user => user.Name));
        Assert.Null(found[0].Custom);
    }

    [Fact]
    public async Task Of_many_saves_at_once_the_highest_rev_stays()
    {
        var stores = new[] { CreateStore(), CreateStore() };
        await Task.WhenAll(Enumerable.Range(1, 40).Select(rev => stores[rev % 2].SaveAsync([User("a", rev) with { Name = $"rev {rev}" }], Cancelled)));
        Assert.Equal("rev 40", (await stores[1].FindAsync(Acme, new("a"), Cancelled))!.Name);
    }

    [Fact]
    public async Task Finding_none_and_saving_none_is_fine()
    {
        var store = CreateStore();
        await store.SaveAsync([], Cancelled);
        Assert.Empty(await store.FindManyAsync(Acme, [], Cancelled));
    }

    [Fact]
    public async Task The_list_goes_by_id_in_pages()
    {
        var store = CreateStore();
        await store.SaveAsync([.. new[] { "b", "B", "a", "_", "10", "9" }.Select(id => User(id, 1))], Cancelled);
        await store.SaveAsync([User("aa", 1) with { Tenant = Other }], Cancelled);
        Assert.Equal(["10", "9", "B", "_"], (await store.ListAsync(Acme, null, null, 4, Cancelled)).Select(user => user.Id.Value));
        Assert.Equal(["a", "b"], (await store.ListAsync(Acme, null, new("_"), 4, Cancelled)).Select(user => user.Id.Value));
    }

    [Theory]
    [InlineData("al", "Alfred", "alice", "x1")]
    [InlineData("AL", "Alfred", "alice", "x1")]
    [InlineData("ärger", "x2")]
    [InlineData("ÄR", "x2")]
    [InlineData("a%", "x3")]
    [InlineData("a_b", "x4")]
    [InlineData(".*")]
    [InlineData("^al")]
    [InlineData("lice")]
    public async Task A_query_finds_prefixes_of_id_and_name_whatever_the_case(string query, params string[] expected)
    {
        var store = CreateStore();
        await store.SaveAsync(
            [
                User("alice", 1) with { Name = "Zoe" },
                User("Alfred", 1) with { Name = "alfred" },
                User("x1", 1) with { Name = "Al Capone" },
                User("x2", 1) with { Name = "Ärgernis" },
                User("x3", 1) with { Name = "A%c" },
                User("x4", 1) with { Name = "a_bc" },
                User("x5", 1) with { Name = "axbc" },
                User("alien", 1) with { Tenant = Other },
            ],
            Cancelled);
        Assert.Equal(expected, (await store.ListAsync(Acme, query, null, 10, Cancelled)).Select(user => user.Id.Value));
        Assert.Equal(expected.Skip(1), (await store.ListAsync(Acme, query, expected.Length == 0 ? null : new UserId(expected[0]), 10, Cancelled)).Select(user => user.Id.Value));
    }

    [Fact]
    public async Task Deactivated_users_are_listed_but_not_counted()
    {
        var store = CreateStore();
        await store.SaveAsync([User("a", 1), User("b", 1) with { DeactivatedAt = At }, User("c", 1), User("d", 1) with { Tenant = Other }], Cancelled);
        Assert.Equal(2, await store.CountAsync(Acme, Cancelled));
        Assert.Equal(3, (await store.ListAsync(Acme, null, null, 10, Cancelled)).Count);
    }

    private static User User(string id, long rev) => new() { Tenant = Acme, Id = new(id), Name = id, Role = UserRoles.User, CreatedAt = At, UpdatedAt = At, Rev = rev };

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;
}
