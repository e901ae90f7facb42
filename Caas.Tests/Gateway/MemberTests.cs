using System.Net;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class MemberTests(GatewayFixture gateway)
{
    [Fact]
    public async Task Members_are_added_listed_changed_and_removed()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob", "carol");
        var members = $"/v1/conversations/{await tenant.CreateGroupAsync("alice")}/members";
        var alice = tenant.OnBehalfOf("alice");
        var added = (await alice.PostAsync(members, new { userIds = new[] { "bob", "carol" } })).Expect(HttpStatusCode.OK);
        Assert.Equal(2, added.Items.Count);
        Assert.True(added["seq"].GetInt64() > 0);

        var page = (await alice.GetAsync($"{members}?limit=2")).Expect(HttpStatusCode.OK);
        var rest = (await alice.GetAsync($"{members}?limit=2&cursor={page["next"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(["alice", "bob", "carol"], page.Items.Concat(rest.Items).Select(member => member.GetProperty("userId").GetString()));

        Assert.Equal("reader", (await alice.PatchAsync($"{members}/bob", new { role = "reader" })).Expect(HttpStatusCode.OK)["role"].GetString());
        (await tenant.OnBehalfOf("bob").PatchAsync($"{members}/bob", new { role = "owner" })).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await alice.DeleteAsync($"{members}/bob")).Expect(HttpStatusCode.NoContent);
        (await alice.DeleteAsync($"{members}/bob")).ExpectProblem(HttpStatusCode.NotFound, "member_not_found");
        (await tenant.OnBehalfOf("bob").GetAsync(members)).ExpectProblem(HttpStatusCode.Forbidden, "not_a_member");
    }

    [Theory]
    [InlineData("{\"userIds\":[]}", "userIds")]
    [InlineData("{\"userIds\":[\"a b\"]}", "userIds")]
    [InlineData("{\"userIds\":[\"bob\"],\"role\":\"boss\"}", "role")]
    [InlineData("{}", "userIds")]
    public async Task A_wrong_addition_is_told(string body, string field)
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var group = await tenant.CreateGroupAsync("alice");
        (await tenant.OnBehalfOf("alice").PostAsync($"/v1/conversations/{group}/members", body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Fact]
    public async Task A_role_must_be_one_of_the_known()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var group = await tenant.CreateGroupAsync("alice", "bob");
        var answer = (await tenant.Backend.PatchAsync($"/v1/conversations/{group}/members/bob", new { role = "boss" })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "role");
        Assert.Contains("owner, moderator, member, reader", answer["detail"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_is_joined_and_left_by_oneself_and_a_group_is_not()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var channel = (await tenant.OnBehalfOf("alice").PostAsync("/v1/conversations", new { type = "channel", name = "News" })).Expect(HttpStatusCode.Created).Id;
        var bob = await tenant.SignInAsync("bob");
        Assert.Equal("bob", (await bob.PostAsync($"/v1/conversations/{channel}/join")).Expect(HttpStatusCode.OK)["userId"].GetString());
        (await bob.PostAsync($"/v1/conversations/{channel}/leave")).Expect(HttpStatusCode.NoContent);
        (await bob.PostAsync($"/v1/conversations/{channel}/leave")).ExpectProblem(HttpStatusCode.Forbidden, "not_a_member");
        (await tenant.Backend.PostAsync($"/v1/conversations/{channel}/join")).ExpectProblem(HttpStatusCode.BadRequest, "on_behalf_of_required");
        var group = await tenant.CreateGroupAsync("alice");
        (await bob.PostAsync($"/v1/conversations/{group}/join")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
    }
}
