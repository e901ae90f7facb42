using System.Net;
using Caas.Tests.Gateway;
using Xunit;

namespace Caas.Tests.Blocks;

[Collection<GatewayCollection>]
public sealed class BlockEndpointTests(GatewayFixture gateway)
{
    [Fact]
    public async Task A_user_blocks_lists_and_unblocks_and_repeating_changes_nothing()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob", "carol", "dave");
        var alice = await tenant.SignInAsync("alice");
        Assert.Empty((await alice.GetAsync("/v1/blocks")).Expect(HttpStatusCode.OK).Items);
        var since = (await alice.PutAsync("/v1/blocks/carol", null)).Expect(HttpStatusCode.OK)["blockedAt"].GetDateTimeOffset();
        Assert.Equal(since, (await alice.PutAsync("/v1/blocks/carol", null)).Expect(HttpStatusCode.OK)["blockedAt"].GetDateTimeOffset());
        (await tenant.OnBehalfOf("alice").PutAsync("/v1/blocks/bob", null)).Expect(HttpStatusCode.OK);

        var first = (await alice.GetAsync("/v1/blocks?limit=1")).Expect(HttpStatusCode.OK);
        Assert.Equal("bob", first.Items[0].GetProperty("userId").GetString());
        var second = (await alice.GetAsync($"/v1/blocks?limit=1&cursor={first["next"].GetString()}")).Expect(HttpStatusCode.OK);
        Assert.Equal(("carol", null), (second.Items[0].GetProperty("userId").GetString(), second["next"].GetString()));
        Assert.Empty((await tenant.OnBehalfOf("carol").GetAsync("/v1/blocks")).Expect(HttpStatusCode.OK).Items);

        (await alice.DeleteAsync("/v1/blocks/bob")).Expect(HttpStatusCode.NoContent);
        (await alice.DeleteAsync("/v1/blocks/bob")).Expect(HttpStatusCode.NoContent);
        (await alice.DeleteAsync("/v1/blocks/nobody")).Expect(HttpStatusCode.NoContent);
        Assert.Single((await alice.GetAsync("/v1/blocks")).Items);
    }

    [Fact]
    public async Task Nobody_blocks_themselves_or_somebody_who_is_not_there_or_a_backend_for_nobody()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var alice = await tenant.SignInAsync("alice");
        (await alice.PutAsync("/v1/blocks/alice", null)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "userId");
        (await alice.PutAsync("/v1/blocks/nobody", null)).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await tenant.Backend.PutAsync("/v1/blocks/alice", null)).ExpectProblem(HttpStatusCode.BadRequest, "on_behalf_of_required");
        (await tenant.Backend.GetAsync("/v1/blocks")).ExpectProblem(HttpStatusCode.BadRequest, "on_behalf_of_required");
    }
}
