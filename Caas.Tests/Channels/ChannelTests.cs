using System.Net;
using Caas.Tests.Gateway;
using Xunit;

namespace Caas.Tests.Channels;

/// <summary>Channels are found, joined and kept in step.</summary>
[Collection<GatewayCollection>]
public sealed class ChannelTests(GatewayFixture gateway)
{
    [Fact]
    public async Task One_finds_the_channels_that_one_does_not_belong_to_and_joins_them()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        await UpsertAsync(tenant, new { type = "channel", id = "news", name = "Große Neuigkeiten" }, new { type = "channel", id = "sport", name = "Sport", memberIds = new[] { "alice" } }, new { type = "group", id = "secret", name = "News of few" }, new { type = "channel", id = "gone" });
        (await tenant.Backend.DeleteAsync("/v1/conversations/gone")).Expect(HttpStatusCode.NoContent);
        var alice = await tenant.SignInAsync("alice");
        Assert.Equal(["news"], await ListAsync(alice, ""));
        Assert.Equal(["news", "sport"], (await ListAsync(tenant.Backend, "")).Order());
        Assert.Equal(["news"], await ListAsync(tenant.Backend, "?query=grosse".Replace("grosse", "GRO%C3%9FE", StringComparison.Ordinal)));
        Assert.Equal(["sport"], await ListAsync(tenant.Backend, "?query=POR"));
        Assert.Empty(await ListAsync(tenant.Backend, "?query=few"));
        Assert.DoesNotContain("lastMessage", (await alice.GetAsync("/v1/channels")).Text, StringComparison.Ordinal);

        (await alice.PostAsync("/v1/conversations/news/join")).Expect(HttpStatusCode.OK);
        Assert.Empty(await ListAsync(alice, ""));
        (await alice.PostAsync("/v1/conversations/secret/join")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        Assert.Empty(await ListAsync((await gateway.CreateTenantAsync()).Backend, ""));
    }

    [Fact]
    public async Task Pages_go_on_where_the_last_one_ended()
    {
        var tenant = await gateway.CreateTenantAsync();
        await UpsertAsync(tenant, [.. Enumerable.Range(0, 7).Select(i => (object)new { type = i == 3 ? "group" : "channel", id = $"room-{i}" })]);
        var (found, cursor) = (new List<string>(), "");
        do
        {
            var page = (await tenant.Backend.GetAsync($"/v1/channels?limit=2{cursor}")).Expect(HttpStatusCode.OK);
            found.AddRange(page.Items.Select(item => item.GetProperty("id").GetString()!));
            cursor = page["next"].GetString() is { } next ? $"&cursor={next}" : null;
        }
        while (cursor is not null);
        Assert.Equal(["room-0", "room-1", "room-2", "room-4", "room-5", "room-6"], found.Order());
        (await tenant.Backend.GetAsync("/v1/channels?cursor=x")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_cursor");
    }

    [Fact]
    public async Task A_batch_creates_what_is_missing_and_changes_what_differs()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob", "cy");
        object group = new { type = "group", id = "team", name = "Team", custom = new { a = 1, b = 2 }, members = new[] { new { userId = "alice", role = "owner" } }, memberIds = new[] { "bob" } };
        Assert.True((await UpsertAsync(tenant, group))[0].GetProperty("created").GetBoolean());
        Assert.False((await UpsertAsync(tenant, group))[0].GetProperty("created").GetBoolean());
        Assert.Equal(1, (await tenant.Backend.GetAsync("/v1/conversations/team"))["lastSeq"].GetInt64());

        await UpsertAsync(tenant, new { type = "group", id = "team", name = "The team", custom = new { b = 3 }, memberIds = new[] { "cy" } });
        var changed = await tenant.Backend.GetAsync("/v1/conversations/team");
        Assert.Equal(("The team", """{"b":3}""", 3), (changed["name"].GetString(), changed["custom"].GetRawText(), changed["memberCount"].GetInt32()));

        // By one entry: nobody sees it without any in between.
        Assert.Equal(3, changed["lastSeq"].GetInt64());
        var items = await UpsertAsync(tenant, new { type = "channel", id = "team" }, new { type = "group", id = "other", memberIds = new[] { "nobody" } }, new { type = "channel", id = "good" });
        Assert.Equal(["validation_failed", "user_not_found", null], items.Select(item => item.GetProperty("code").GetString()));
        (await tenant.Backend.PostAsync("/v1/conversations/batch", new { conversations = new object[] { new { type = "direct", id = "x" }, new { type = "group" }, new { type = "group", id = "a b" } } })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "conversations[0].type");
        (await (await tenant.SignInAsync("alice")).PostAsync("/v1/conversations/batch", new { conversations = Array.Empty<object>() })).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
    }

    [Fact]
    public async Task Who_is_banned_is_not_brought_in_and_keeps_nobody_else_out()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob", "cy");
        await UpsertAsync(tenant, new { type = "group", id = "old" });
        (await tenant.Backend.PutAsync("/v1/moderation/bans/bob", new { reason = "spam" })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PostAsync("/v1/conversations", new { type = "group", id = "new", memberIds = new[] { "alice", "bob" } })).ExpectProblem(HttpStatusCode.Forbidden, "banned");
        object[] members = [new { type = "group", id = "old", memberIds = new[] { "alice", "bob", "cy" } }, new { type = "group", id = "new", memberIds = new[] { "alice", "bob" } }, new { type = "group", id = "without", memberIds = new[] { "cy" } }];
        var items = await UpsertAsync(tenant, members);
        Assert.Equal([(false, "banned"), (true, "banned"), (true, null)], items.Select(item => (item.GetProperty("created").GetBoolean(), item.GetProperty("code").GetString())));
        Assert.Equal("bob is banned.", items[0].GetProperty("detail").GetString());
        Assert.Equal(["alice", "cy"], (await tenant.Backend.GetAsync("/v1/conversations/old/members")).Items.Select(member => member.GetProperty("userId").GetString()!));
        Assert.Equal(["alice"], (await tenant.Backend.GetAsync("/v1/conversations/new/members")).Items.Select(member => member.GetProperty("userId").GetString()!));
    }

    private static async Task<IReadOnlyList<System.Text.Json.JsonElement>> UpsertAsync(TestTenant tenant, params object[] conversations) =>
        (await tenant.Backend.PostAsync("/v1/conversations/batch", new { conversations })).Expect(HttpStatusCode.OK).Items;

    private static async Task<IEnumerable<string>> ListAsync(Api caller, string query) => (await caller.GetAsync("/v1/channels" + query)).Expect(HttpStatusCode.OK).Items.Select(item => item.GetProperty("id").GetString()!);
}
