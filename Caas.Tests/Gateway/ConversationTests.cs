using System.Net;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class ConversationTests(GatewayFixture gateway)
{
    [Fact]
    public async Task A_group_is_created_read_changed_and_deleted()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var alice = await tenant.SignInAsync("alice");
        var created = (await alice.PostAsync("/v1/conversations", new { type = "group", id = "launch", name = "Launch", memberIds = new[] { "bob" } })).Expect(HttpStatusCode.Created);
        Assert.Equal("/v1/conversations/launch", created.Header("Location"));
        Assert.Equal("group", created["type"].GetString());
        Assert.Equal(2, created["memberCount"].GetInt32());
        Assert.Equal("owner", created["me"].GetProperty("role").GetString());

        var changed = (await alice.PatchAsync("/v1/conversations/launch", new { name = "Launched", custom = new { stage = 2 } })).Expect(HttpStatusCode.OK);
        var again = (await alice.PatchAsync("/v1/conversations/launch", new { name = "Launched", custom = new { stage = 2 }, frozen = false, slowModeSeconds = 0 })).Expect(HttpStatusCode.OK);
        Assert.Equal(changed["lastSeq"].GetInt64(), again["lastSeq"].GetInt64());
        Assert.Equal(changed["lastSeq"].GetInt64(), (await alice.PatchAsync("/v1/conversations/launch", "{}")).Expect(HttpStatusCode.OK)["lastSeq"].GetInt64());
        var read = (await alice.GetAsync("/v1/conversations/launch")).Expect(HttpStatusCode.OK);
        Assert.Equal(("Launched", 2), (read["name"].GetString(), read["custom"].GetProperty("stage").GetInt32()));

        var bob = await tenant.SignInAsync("bob");
        (await bob.DeleteAsync("/v1/conversations/launch")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await alice.DeleteAsync("/v1/conversations/launch")).Expect(HttpStatusCode.NoContent);
        (await alice.GetAsync("/v1/conversations/launch")).ExpectProblem(HttpStatusCode.NotFound, "conversation_not_found");
        (await alice.PostAsync("/v1/conversations", new { type = "group", id = "launch", memberIds = new[] { "bob" } })).ExpectProblem(HttpStatusCode.Conflict, "id_taken");
    }

    [Fact]
    public async Task The_same_two_people_have_one_direct_conversation()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var first = (await tenant.OnBehalfOf("alice").PostAsync("/v1/conversations", new { type = "direct", memberIds = new[] { "bob" } })).Expect(HttpStatusCode.Created);
        var second = (await tenant.OnBehalfOf("bob").PostAsync("/v1/conversations", new { type = "direct", memberIds = new[] { "alice" } })).Expect(HttpStatusCode.OK);
        Assert.Equal(first.Id, second.Id);
    }

    [Fact]
    public async Task A_deleted_direct_conversation_locks_nobody_out()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var (alice, bob) = (await tenant.SignInAsync("alice"), await tenant.SignInAsync("bob"));
        var first = (await alice.PostAsync("/v1/conversations", new { type = "direct", memberIds = new[] { "bob" } })).Expect(HttpStatusCode.Created);
        (await alice.PostAsync($"/v1/conversations/{first.Id}/messages", new { text = "gone" })).Expect(HttpStatusCode.Created);
        (await tenant.Backend.DeleteAsync($"/v1/conversations/{first.Id}")).Expect(HttpStatusCode.NoContent);
        var second = (await bob.PostAsync("/v1/conversations", new { type = "direct", memberIds = new[] { "alice" } })).Expect(HttpStatusCode.Created);
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(second.Id, (await alice.PostAsync("/v1/conversations", new { type = "direct", memberIds = new[] { "bob" } })).Expect(HttpStatusCode.OK).Id);
        Assert.Empty((await alice.GetAsync($"/v1/conversations/{second.Id}/messages")).Items);
        (await alice.GetAsync($"/v1/conversations/{first.Id}")).ExpectProblem(HttpStatusCode.NotFound, "conversation_not_found");
        Assert.Equal(second.Id, Assert.Single((await bob.GetAsync("/v1/conversations")).Items).GetProperty("id").GetString());
    }

    [Theory]
    [InlineData("{\"type\":\"direct\",\"memberIds\":[]}", "memberIds")]
    [InlineData("{\"type\":\"direct\",\"id\":\"mine\",\"memberIds\":[\"bob\"]}", "id")]
    [InlineData("{\"type\":\"group\",\"id\":\"$tenant\"}", "id")]
    [InlineData("{\"type\":\"group\",\"id\":\"a/b\"}", "id")]
    [InlineData("{\"type\":\"group\",\"memberIds\":[\"a b\"]}", "memberIds")]
    [InlineData("{\"type\":\"group\",\"custom\":[]}", "custom")]
    public async Task A_wrong_conversation_is_told(string body, string field)
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        (await tenant.OnBehalfOf("alice").PostAsync("/v1/conversations", body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Fact]
    public async Task Members_that_are_no_users_are_told()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        (await tenant.OnBehalfOf("alice").PostAsync("/v1/conversations", new { type = "group", memberIds = new[] { "nobody" } })).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
    }

    [Fact]
    public async Task Lists_are_the_callers_own_and_a_backends_the_tenants()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var made = new HashSet<string>();
        for (var i = 0; i < 3; i++)
        {
            made.Add(await tenant.CreateGroupAsync("alice", "bob"));
        }

        var lonely = await tenant.CreateGroupAsync("bob");
        var first = (await tenant.OnBehalfOf("alice").GetAsync("/v1/conversations?limit=2")).Expect(HttpStatusCode.OK);
        var second = (await tenant.OnBehalfOf("alice").GetAsync($"/v1/conversations?limit=2&cursor={first["next"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(made, first.Items.Concat(second.Items).Select(conversation => conversation.GetProperty("id").GetString()!).ToHashSet());
        Assert.Equal(JsonValueKind.Null, second["next"].ValueKind);
        Assert.Contains(lonely, (await tenant.Backend.GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK).Items.Select(conversation => conversation.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Only_members_read_a_group()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var group = await tenant.CreateGroupAsync("alice");
        (await tenant.OnBehalfOf("bob").GetAsync($"/v1/conversations/{group}")).ExpectProblem(HttpStatusCode.Forbidden, "not_a_member");
        (await tenant.OnBehalfOf("bob").GetAsync($"/v1/conversations/{group}/messages")).ExpectProblem(HttpStatusCode.Forbidden, "not_a_member");
        (await tenant.OnBehalfOf("bob").PostAsync($"/v1/conversations/{group}/messages", new { text = "hi" })).ExpectProblem(HttpStatusCode.Forbidden, "not_a_member");
        (await tenant.OnBehalfOf("bob").GetAsync("/v1/conversations/nothing")).ExpectProblem(HttpStatusCode.NotFound, "conversation_not_found");
    }
}
