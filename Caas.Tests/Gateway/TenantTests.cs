using System.Net;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class TenantTests(GatewayFixture gateway)
{
    [Fact]
    public async Task The_admin_creates_reads_changes_and_deletes_a_tenant()
    {
        var id = $"t-{Guid.NewGuid():N}"[..20];
        var created = (await gateway.Admin.PostAsync("/v1/tenants", new { id, name = "Acme" })).Expect(HttpStatusCode.Created);
        Assert.Equal($"/v1/tenants/{id}", created.Header("Location"));
        Assert.Equal("Acme", created["name"].GetString());
        Assert.Equal(JsonValueKind.Object, created["settings"].ValueKind);
        Assert.True(created["createdAt"].TryGetDateTimeOffset(out _));

        (await gateway.Admin.PatchAsync($"/v1/tenants/{id}", new { name = "Acme Inc." })).Expect(HttpStatusCode.OK);
        Assert.Equal("Acme Inc.", (await gateway.Admin.GetAsync($"/v1/tenants/{id}")).Expect(HttpStatusCode.OK)["name"].GetString());
        (await gateway.Admin.PostAsync("/v1/tenants", new { id, name = "Again" })).ExpectProblem(HttpStatusCode.Conflict, "id_taken");

        (await gateway.Admin.DeleteAsync($"/v1/tenants/{id}")).Expect(HttpStatusCode.NoContent);
        (await gateway.Admin.GetAsync($"/v1/tenants/{id}")).ExpectProblem(HttpStatusCode.NotFound, "tenant_not_found");
        (await gateway.Admin.PostAsync("/v1/tenants", new { id, name = "Again" })).ExpectProblem(HttpStatusCode.Conflict, "id_taken");
    }

    [Fact]
    public async Task Without_an_id_a_tenant_gets_one() =>
        Assert.NotEmpty((await gateway.Admin.PostAsync("/v1/tenants", new { name = "Nameless" })).Expect(HttpStatusCode.Created).Id);

    [Fact]
    public async Task All_tenants_are_listed_page_by_page_once_each()
    {
        var made = new[] { (await gateway.CreateTenantAsync()).Id, (await gateway.CreateTenantAsync()).Id, (await gateway.CreateTenantAsync()).Id };
        var seen = new List<string>();
        for (var cursor = ""; cursor is not null;)
        {
            var page = (await gateway.Admin.GetAsync($"/v1/tenants?limit=2&cursor={cursor}")).Expect(HttpStatusCode.OK);
            Assert.InRange(page.Items.Count, 1, 2);
            seen.AddRange(page.Items.Select(tenant => tenant.GetProperty("id").GetString()!));
            cursor = page["next"].GetString();
        }

        Assert.Equal(seen.Distinct(), seen);
        Assert.Subset(seen.ToHashSet(), made.ToHashSet());
    }

    [Fact]
    public async Task A_tenant_sees_and_changes_itself()
    {
        var tenant = await gateway.CreateTenantAsync();
        Assert.Equal(tenant.Id, (await tenant.Backend.GetAsync("/v1/tenant")).Expect(HttpStatusCode.OK).Id);
        (await tenant.Backend.PatchAsync("/v1/tenant", new { name = "Renamed" })).Expect(HttpStatusCode.OK);

        var put = (await tenant.Backend.PutAsync("/v1/tenant/settings", new { corsOrigins = new[] { "https://app.example.com" }, rateLimits = new { perUserPerMinute = 7 } })).Expect(HttpStatusCode.OK);
        Assert.Equal("https://app.example.com", put["corsOrigins"][0].GetString());
        (await tenant.Backend.PutAsync("/v1/tenant/settings", """{"spam":{"messagePerMinute":10}}""")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "spam.messagePerMinute");
        (await tenant.Backend.PutAsync("/v1/tenant/settings", """{"editWindowSecond":900}""")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "editWindowSecond");
        var settings = (await tenant.Backend.GetAsync("/v1/tenant/settings")).Expect(HttpStatusCode.OK);
        Assert.Equal(7, settings["rateLimits"].GetProperty("perUserPerMinute").GetInt32());
        Assert.Equal("Renamed", (await tenant.Backend.GetAsync("/v1/tenant"))["name"].GetString());
    }

    [Fact]
    public async Task Wrong_settings_are_told_field_by_field()
    {
        var tenant = await gateway.CreateTenantAsync();
        var answer = (await tenant.Backend.PutAsync("/v1/tenant/settings", new { corsOrigins = new[] { "example.com/path" }, rateLimits = new { perUserPerMinute = -1 } }))
            .ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "corsOrigins");
        Assert.True(answer["errors"].TryGetProperty("rateLimits.perUserPerMinute", out _));
    }

    [Fact]
    public async Task Usage_counts_what_the_tenant_has()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var usage = (await tenant.Backend.GetAsync("/v1/tenant/usage")).Expect(HttpStatusCode.OK);
        Assert.Equal(2, usage["users"].GetInt64());
        Assert.Equal(1, usage["activeApiKeys"].GetInt64());
    }

    [Fact]
    public async Task The_admin_makes_and_lists_a_tenants_keys()
    {
        var tenant = await gateway.CreateTenantAsync();
        var keys = (await gateway.Admin.GetAsync($"/v1/tenants/{tenant.Id}/api-keys")).Expect(HttpStatusCode.OK);
        Assert.Equal("backend", Assert.Single(keys.Items).GetProperty("name").GetString());
        Assert.DoesNotContain(tenant.Key.Split('.')[1], keys.Text, StringComparison.Ordinal);
        (await gateway.Admin.PostAsync("/v1/tenants/nobody/api-keys", new { name = "k" })).ExpectProblem(HttpStatusCode.NotFound, "tenant_not_found");
        (await gateway.Admin.GetAsync("/v1/tenants/nobody/api-keys")).ExpectProblem(HttpStatusCode.NotFound, "tenant_not_found");
    }

    [Fact]
    public async Task Keys_of_a_deleted_tenant_stop()
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.GetAsync("/v1/tenant")).Expect(HttpStatusCode.OK);
        (await gateway.Admin.DeleteAsync($"/v1/tenants/{tenant.Id}")).Expect(HttpStatusCode.NoContent);
        (await tenant.Backend.GetAsync("/v1/tenant")).Expect(HttpStatusCode.Unauthorized);
    }
}
