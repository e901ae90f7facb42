using System.Net;
using System.Text.Json;
using Caas.Core.Audit;
using Caas.Core.Timed;
using Caas.Gateway.Audit;
using Caas.Tests.Access;
using Caas.Tests.Gateway;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Audit;

/// <summary>Who did what, when, from where: recorded by every administrative call, listed, and told as events.</summary>
[Collection<GatewayCollection>]
public sealed class AuditTests(GatewayFixture gateway)
{
    /// <summary>Changing operations of the backend's and the admin's that are not recorded, and why.</summary>
    private static readonly Dictionary<string, string> NotRecorded = new()
    {
        ["RotateSigningKey"] = "belongs to no tenant; the service's log tells it",
        ["CreateToken"] = "every login is one",
        ["CreateTokens"] = "every login is one",
        ["UpsertConversations"] = "stands in the conversations' logs",
        ["ImportMessages"] = "stands in the conversation's log",
        ["PingWebhook"] = "changes nothing; the webhook's deliveries tell it",
        ["PingBeforeSendHook"] = "changes nothing",
        ["RedeliverWebhookDelivery"] = "changes nothing; the webhook's deliveries tell it",
    };

    /// <summary>What others than the backend may do too, or what only reads, and is recorded all the same.</summary>
    private static readonly string[] RecordedToo = ["RevokeTokens", "ExportUser", "UpdateUser"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_administrative_operation_is_recorded_or_has_its_reason()
    {
        var document = (await gateway.Anyone.GetAsync("/openapi/v1.json")).Expect(HttpStatusCode.OK).Json;
        var changing = document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()).Where(method => method.Name is "post" or "put" or "patch" or "delete")
            .Select(method => method.Value.GetProperty("operationId").GetString()!).ToHashSet();
        var administrative = AccessTable.Rest.Where(row => changing.Contains(row.Operation) && row.Rule.May is not Kinds.Anyone && !row.Rule.May.HasFlag(Kinds.User)).Select(row => row.Operation).Concat(RecordedToo);
        var recorded = gateway.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints)
            .Where(endpoint => endpoint.Metadata.GetMetadata<AuditMetadata>() is not null).Select(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName);
        Assert.Equal(administrative.Except(NotRecorded.Keys).Order(StringComparer.Ordinal), recorded.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_done_is_listed_with_who_what_when_and_from_where_and_told_as_an_event()
    {
        var start = TimeProvider.System.GetUtcNow();
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("ann", "bob");
        var key = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "second" })).Expect(HttpStatusCode.Created);
        (await tenant.Backend.PutAsync("/v1/moderation/bans/bob", new { reason = "spam" })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PostAsync("/v1/tokens/revoke", new { userId = "ann" })).Expect(HttpStatusCode.NoContent);
        (await tenant.Backend.PutAsync("/v1/moderation/bans/nobody", new { reason = "spam" })).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await gateway.Admin.PatchAsync($"/v1/tenants/{tenant.Id}", new { name = "Renamed" })).Expect(HttpStatusCode.OK);

        var listed = (await tenant.Backend.GetAsync("/v1/audit-log")).Expect(HttpStatusCode.OK);
        Assert.Equal(["tenant.changed", "tokens.revoked", "user.banned", "api_key.created", "api_key.created", "tenant.created"], listed.Items.Select(item => item.GetProperty("action").GetString()));
        Assert.All(listed.Items, item => Assert.Equal("127.0.0.1", item.GetProperty("ipAddress").GetString()));
        Assert.All(listed.Items, item => Assert.InRange(item.GetProperty("at").GetDateTimeOffset(), start.AddSeconds(-1), TimeProvider.System.GetUtcNow().AddSeconds(1)));
        Assert.Equal(["admin", $"key:{tenant.Key.Split('.')[0]}", $"key:{tenant.Key.Split('.')[0]}", $"key:{tenant.Key.Split('.')[0]}", "admin", "admin"], listed.Items.Select(item => item.GetProperty("actor").GetString()));
        Assert.Equal(("bob", key.Id), (listed.Items[2].GetProperty("target").GetProperty("userId").GetString(), listed.Items[3].GetProperty("target").GetProperty("keyId").GetString()));
        Assert.DoesNotContain(key["key"].GetString()!.Split('.')[1], listed.Text, StringComparison.Ordinal);
        Assert.All(listed.Items, item => Assert.Equal("done", item.GetProperty("outcome").GetString()));

        // Of what was done and recorded, or refused, no note is left.
        Assert.Equal(0, await gateway.Services.GetRequiredService<ITimedStore>().CountAsync(AuditIntents.PlaceOf(new(tenant.Id)), TimedOwner.Everybody, Cancelled));

        await Eventually.HoldsAsync(async () => (await tenant.Backend.GetAsync("/v1/events?types=audit.recorded")).Items.Count == 6 ? null : "the events are not there", Cancelled);
        var told = (await tenant.Backend.GetAsync("/v1/events?types=audit.recorded")).Items[^1].GetProperty("data").GetProperty("data");
        Assert.Equal(("tenant.changed", "admin"), (told.GetProperty("action").GetString(), told.GetProperty("by").GetString()));
    }

    [Fact]
    public async Task What_a_caller_writes_into_the_query_does_not_stand_in_the_place_of_what_was_done()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("ann", "bob", "mallory");
        var first = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "first" })).Expect(HttpStatusCode.Created).Id;
        (await tenant.Backend.DeleteAsync($"/v1/api-keys/{first}?keyId=ck_innocent")).Expect(HttpStatusCode.NoContent);
        (await tenant.Backend.PutAsync("/v1/moderation/bans/bob?userId=ann", new { reason = "x" })).Expect(HttpStatusCode.OK);
        var token = (await tenant.Backend.PostAsync("/v1/users/mallory/tokens")).Expect(HttpStatusCode.Created)["token"].GetString();
        (await (await tenant.SignInAsync("mallory")).PostAsync("/v1/tokens/revoke?userId=bob&note=anything", new { token })).Expect(HttpStatusCode.NoContent);
        var listed = (await tenant.Backend.GetAsync("/v1/audit-log")).Expect(HttpStatusCode.OK).Items;
        Assert.Equal(["{}", "{\"userId\":\"bob\"}", $"{{\"keyId\":\"{first}\"}}"], listed.Take(3).Select(item => item.GetProperty("target").GetRawText().Replace(" ", "", StringComparison.Ordinal)));

        var other = await gateway.CreateTenantAsync();
        var key = (await gateway.Admin.PostAsync($"/v1/tenants/{tenant.Id}/api-keys?tenantId={other.Id}", new { name = "sneaky" })).Expect(HttpStatusCode.Created).Id;
        Assert.DoesNotContain(key, (await other.Backend.GetAsync("/v1/audit-log")).Text, StringComparison.Ordinal);
        Assert.Contains(key, (await tenant.Backend.GetAsync("/v1/audit-log")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_was_made_an_admin_by_whom_is_recorded_and_other_changes_of_users_are_not()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("ann", "bob");
        (await tenant.Backend.PutAsync("/v1/users/ann", new { name = "Ann", role = "admin" })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PutAsync("/v1/users/ann", new { name = "Anna", role = "admin" })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PostAsync("/v1/users/batch", new { users = new object[] { new { id = "bob", name = "Bob", role = "admin" }, new { id = "cy", name = "Cy" }, new { id = "dee", name = "Dee", role = "admin" } } })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PatchAsync("/v1/users/ann", new { name = "Ann" })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PatchAsync("/v1/users/ann", new { role = "user" })).Expect(HttpStatusCode.OK);
        var listed = (await tenant.Backend.GetAsync("/v1/audit-log?action=user.role_changed")).Expect(HttpStatusCode.OK).Items.Select(item => item.GetProperty("target"));
        Assert.Equal([("ann", "user"), ("dee", "admin"), ("bob", "admin"), ("ann", "admin")], listed.Select(target => (target.GetProperty("userId").GetString(), target.GetProperty("role").GetString())));
    }

    [Fact]
    public async Task Asking_how_far_an_erasure_is_writes_nothing_down()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("ann");
        for (var n = 0; n < 3; n++)
        {
            (await tenant.Backend.DeleteAsync("/v1/users/ann?mode=erase")).Expect(HttpStatusCode.Accepted);
        }

        Assert.Single((await tenant.Backend.GetAsync("/v1/audit-log?action=user.deleted")).Expect(HttpStatusCode.OK).Items);
    }

    [Fact]
    public async Task It_is_filtered_by_actor_action_and_time_and_read_page_by_page()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("ann");
        for (var n = 0; n < 5; n++)
        {
            (await tenant.Backend.PutAsync("/v1/tenant/settings", new { editWindowSeconds = n })).Expect(HttpStatusCode.OK);
            (await tenant.Backend.DeleteAsync("/v1/moderation/bans/ann")).Expect(HttpStatusCode.NoContent);
        }

        var pages = new List<JsonElement>();
        for (string? cursor = "", query = "/v1/audit-log?action=tenant.*&limit=2"; cursor is not null;)
        {
            var page = (await tenant.Backend.GetAsync(cursor.Length == 0 ? query : $"{query}&cursor={cursor}")).Expect(HttpStatusCode.OK);
            Assert.InRange(page.Items.Count, 0, 2);
            pages.AddRange(page.Items);
            cursor = page["next"].GetString();
        }

        Assert.Equal(["tenant.settings_changed", "tenant.settings_changed", "tenant.settings_changed", "tenant.settings_changed", "tenant.settings_changed", "tenant.created"], pages.Select(item => item.GetProperty("action").GetString()));
        Assert.Equal(["api_key.created", "tenant.created"], (await tenant.Backend.GetAsync("/v1/audit-log?actor=admin")).Items.Select(item => item.GetProperty("action").GetString()));
        var at = pages[2].GetProperty("at").GetString();
        var until = (await tenant.Backend.GetAsync($"/v1/audit-log?action=tenant.settings_changed&to={Uri.EscapeDataString(at!)}")).Items.Count;
        var since = (await tenant.Backend.GetAsync($"/v1/audit-log?action=tenant.settings_changed&from={Uri.EscapeDataString(at!)}")).Items.Count;
        Assert.InRange(until + since, 6, 10);
        (await tenant.Backend.GetAsync("/v1/audit-log?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "to");
        Assert.Contains("from must be a time", (await tenant.Backend.GetAsync("/v1/audit-log?from=2026-02-01T00:00:00")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "from").Text, StringComparison.Ordinal);
        (await tenant.Backend.GetAsync("/v1/audit-log?cursor=x")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_cursor");
        (await (await tenant.WithScopesAsync("events:read")).GetAsync("/v1/audit-log")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
    }
}
