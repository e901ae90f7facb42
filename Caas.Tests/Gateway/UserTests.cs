using System.Net;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class UserTests(GatewayFixture gateway)
{
    [Fact]
    public async Task A_user_is_created_replaced_changed_and_deactivated()
    {
        var tenant = await gateway.CreateTenantAsync();
        var created = (await tenant.Backend.PutAsync("/v1/users/alice", new { name = "Alice", avatarUrl = "https://example.com/a.png", custom = new { team = "blue" } })).Expect(HttpStatusCode.Created);
        Assert.Equal("/v1/users/alice", created.Header("Location"));
        Assert.Equal("blue", created["custom"].GetProperty("team").GetString());

        (await tenant.Backend.PutAsync("/v1/users/alice", new { name = "Alice B." })).Expect(HttpStatusCode.OK);
        var patched = (await tenant.Backend.PatchAsync("/v1/users/alice", new { role = "admin" })).Expect(HttpStatusCode.OK);
        Assert.Equal(("Alice B.", "admin"), (patched["name"].GetString(), patched["role"].GetString()));

        (await tenant.Backend.DeleteAsync("/v1/users/alice?mode=deactivate")).Expect(HttpStatusCode.NoContent);
        Assert.NotEqual(JsonValueKind.Null, (await tenant.Backend.GetAsync("/v1/users/alice")).Expect(HttpStatusCode.OK)["deactivatedAt"].ValueKind);
        (await tenant.Backend.PostAsync("/v1/users/alice/tokens")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        Assert.NotEqual(JsonValueKind.Null, (await tenant.Backend.PutAsync("/v1/users/alice", new { name = "Alice" })).Expect(HttpStatusCode.OK)["deactivatedAt"].ValueKind);
        await tenant.WithUsersAsync("alice");
        (await tenant.Backend.PostAsync("/v1/users/alice/tokens")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await tenant.Backend.PostAsync("/v1/users/nobody/reactivate")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await tenant.Backend.PostAsync("/v1/users/alice/reactivate")).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PostAsync("/v1/users/alice/tokens")).Expect(HttpStatusCode.Created);
        Assert.Equal(JsonValueKind.Null, (await tenant.Backend.GetAsync("/v1/users/alice"))["deactivatedAt"].ValueKind);
    }

    [Fact]
    public async Task A_user_is_erased_once_and_for_ever()
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.PutAsync("/v1/users/alice", new { name = "Alice" })).Expect(HttpStatusCode.Created);
        (await tenant.Backend.DeleteAsync("/v1/users/nobody?mode=erase")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        var asked = (await tenant.Backend.DeleteAsync("/v1/users/alice?mode=erase")).Expect(HttpStatusCode.Accepted);
        Assert.StartsWith("erased-", asked["pseudonym"].GetString(), StringComparison.Ordinal);
        (await tenant.Backend.PutAsync($"/v1/users/{asked["pseudonym"].GetString()}", new { name = "Heir" })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "userId");
        var again = (await tenant.Backend.DeleteAsync("/v1/users/alice?mode=erase")).Expect(HttpStatusCode.Accepted);
        Assert.Equal((asked["pseudonym"].GetString(), asked["requestedAt"].GetString()), (again["pseudonym"].GetString(), again["requestedAt"].GetString()));
        (await tenant.Backend.DeleteAsync("/v1/users/alice")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await tenant.Backend.GetAsync("/v1/users/alice")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await tenant.Backend.PostAsync("/v1/users/alice/tokens")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await tenant.Backend.PostAsync("/v1/users/alice/reactivate")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await tenant.Backend.PutAsync("/v1/users/alice", new { name = "Alice" })).ExpectProblem(HttpStatusCode.Conflict, "id_taken");
        (await tenant.Backend.PostAsync("/v1/users/batch", new { users = new[] { new { id = "alice", name = "Alice" } } })).ExpectProblem(HttpStatusCode.Conflict, "id_taken");
        Assert.Empty((await tenant.Backend.GetAsync("/v1/users"))["items"].EnumerateArray());
    }

    [Fact]
    public async Task A_patch_clears_with_null_and_leaves_what_is_absent()
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.PutAsync("/v1/users/alice", new { name = "Alice", avatarUrl = "https://example.com/a.png", custom = new { a = 1 } })).Expect(HttpStatusCode.Created);
        var patched = (await tenant.Backend.PatchAsync("/v1/users/alice", "{\"avatarUrl\":null}")).Expect(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, patched["avatarUrl"].ValueKind);
        Assert.Equal(1, patched["custom"].GetProperty("a").GetInt32());
        (await tenant.Backend.PatchAsync("/v1/users/alice", "{\"name\":null}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "name");
    }

    [Fact]
    public async Task Users_are_listed_page_by_page_and_found_by_the_beginning_of_a_name()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("u1", "u2", "u3", "v4", "v5");
        var first = (await tenant.Backend.GetAsync("/v1/users?limit=3")).Expect(HttpStatusCode.OK);
        var second = (await tenant.Backend.GetAsync($"/v1/users?limit=3&cursor={first["next"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(["u1", "u2", "u3", "v4", "v5"], first.Items.Concat(second.Items).Select(user => user.GetProperty("id").GetString()));
        Assert.Equal(JsonValueKind.Null, second["next"].ValueKind);
        Assert.Equal(2, (await tenant.Backend.GetAsync("/v1/users?query=V")).Expect(HttpStatusCode.OK).Items.Count);
    }

    [Theory]
    [InlineData("{\"name\":\"A\",\"avatarUrl\":\"javascript:alert(1)\"}", "avatarUrl")]
    [InlineData("{\"name\":\"A\",\"role\":\"king\"}", "role")]
    [InlineData("{\"name\":\"A\",\"custom\":[]}", "custom")]
    [InlineData("{\"name\":\"A\",\"custom\":7}", "custom")]
    public async Task A_wrong_profile_is_told(string body, string field)
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.PutAsync("/v1/users/alice", body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Fact]
    public async Task Custom_data_above_8_KiB_is_told()
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.PutAsync("/v1/users/alice", new { name = "A", custom = new { blob = new string('x', 9000) } })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "custom");
    }

    [Fact]
    public async Task A_batch_is_told_by_index_and_is_stored_whole_or_not_at_all()
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.PostAsync("/v1/users/batch", "{\"users\":[{\"id\":\"ok\",\"name\":\"O\"},{\"id\":\"not ok\",\"name\":\"N\"}]}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "users[1].id");
        (await tenant.Backend.GetAsync("/v1/users/ok")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await tenant.Backend.PostAsync("/v1/users/batch", new { users = Array.Empty<object>() })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "users");
    }

    [Fact]
    public async Task Users_change_themselves_but_not_their_role_and_nobody_else()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var alice = await tenant.SignInAsync("alice");
        (await alice.GetAsync("/v1/users/bob")).Expect(HttpStatusCode.OK);
        (await alice.PatchAsync("/v1/users/alice", new { name = "Alice" })).Expect(HttpStatusCode.OK);
        (await alice.PatchAsync("/v1/users/alice", new { role = "admin" })).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await alice.PatchAsync("/v1/users/bob", new { name = "Bobby" })).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await alice.DeleteAsync("/v1/users/alice")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
    }

    [Fact]
    public async Task Unknown_users_and_modes_are_told()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        (await tenant.Backend.GetAsync("/v1/users/nobody")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await tenant.Backend.PatchAsync("/v1/users/nobody", new { name = "N" })).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await tenant.Backend.DeleteAsync("/v1/users/nobody")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await tenant.Backend.DeleteAsync("/v1/users/alice?mode=forget")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "mode");
    }
}
