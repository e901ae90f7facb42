using System.Net;
using Xunit;

namespace Caas.Tests.Gateway;

/// <summary>Whatever is another tenant's is not found, whoever asks for it and however.</summary>
[Collection<GatewayCollection>]
public sealed class IsolationTests(GatewayFixture gateway)
{
    [Fact]
    public async Task Another_tenants_ids_are_not_found_anywhere()
    {
        var theirs = await (await gateway.CreateTenantAsync()).WithUsersAsync("zoe", "yan");
        var ours = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var conversation = await theirs.CreateGroupAsync("zoe", "yan");
        var message = (await theirs.OnBehalfOf("zoe").PostAsync($"/v1/conversations/{conversation}/messages", new { text = "ours alone" })).Expect(HttpStatusCode.Created).Id;
        var key = theirs.Key.Split('.')[0];
        var path = $"/v1/conversations/{conversation}";
        foreach (var api in new[] { ours.Backend, ours.OnBehalfOf("alice"), await ours.SignInAsync("alice") })
        {
            foreach (var (method, route, body, code) in new (HttpMethod, string, object?, string)[]
            {
                (HttpMethod.Get, path, null, "conversation_not_found"),
                (HttpMethod.Patch, path, new { name = "mine" }, "conversation_not_found"),
                (HttpMethod.Delete, path, null, "conversation_not_found"),
                (HttpMethod.Get, $"{path}/members", null, "conversation_not_found"),
                (HttpMethod.Post, $"{path}/members", new { userIds = new[] { "alice" } }, "conversation_not_found"),
                (HttpMethod.Patch, $"{path}/members/zoe", new { role = "reader" }, "conversation_not_found"),
                (HttpMethod.Delete, $"{path}/members/zoe", null, "conversation_not_found"),
                (HttpMethod.Get, $"{path}/messages", null, "conversation_not_found"),
                (HttpMethod.Post, $"{path}/messages", new { text = "hi" }, "conversation_not_found"),
                (HttpMethod.Get, $"{path}/messages/{message}", null, "conversation_not_found"),
                (HttpMethod.Patch, $"{path}/messages/{message}", new { text = "hi" }, "conversation_not_found"),
                (HttpMethod.Delete, $"{path}/messages/{message}", null, "conversation_not_found"),
                (HttpMethod.Get, $"{path}/messages/{message}/history", null, "conversation_not_found"),
                (HttpMethod.Get, $"{path}/entries", null, "conversation_not_found"),
                (HttpMethod.Get, "/v1/users/zoe", null, "user_not_found"),
            })
            {
                (await api.SendAsync(method, route, body)).ExpectProblem(HttpStatusCode.NotFound, code);
            }

            (await api.GetAsync($"/v1/tenants/{theirs.Id}")).ExpectProblem(HttpStatusCode.NotFound, "tenant_not_found");
            (await api.DeleteAsync($"/v1/tenants/{theirs.Id}")).ExpectProblem(HttpStatusCode.NotFound, "tenant_not_found");
            (await api.GetAsync($"/v1/tenants/{theirs.Id}/api-keys")).ExpectProblem(HttpStatusCode.NotFound, "tenant_not_found");
            (await api.GetAsync("/v1/tenants/never-was")).ExpectProblem(HttpStatusCode.NotFound, "tenant_not_found");
        }

        var alice = await ours.SignInAsync("alice");
        foreach (var api in new[] { ours.OnBehalfOf("alice"), alice })
        {
            (await api.PostAsync($"{path}/join")).ExpectProblem(HttpStatusCode.NotFound, "conversation_not_found");
            (await api.PostAsync($"{path}/leave")).ExpectProblem(HttpStatusCode.NotFound, "conversation_not_found");
            (await api.PutAsync($"{path}/messages/{message}/reactions/x")).ExpectProblem(HttpStatusCode.NotFound, "conversation_not_found");
            (await api.DeleteAsync($"{path}/messages/{message}/reactions/x")).ExpectProblem(HttpStatusCode.NotFound, "conversation_not_found");
        }

        (await ours.Backend.PostAsync("/v1/users/zoe/tokens")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await ours.Backend.PostAsync("/v1/tokens/revoke", new { userId = "zoe" })).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await ours.Backend.DeleteAsync("/v1/users/zoe")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await ours.Backend.DeleteAsync($"/v1/api-keys/{key}")).ExpectProblem(HttpStatusCode.NotFound, "api_key_not_found");
        (await ours.Backend.PostAsync($"/v1/api-keys/{key}/rotate")).ExpectProblem(HttpStatusCode.NotFound, "api_key_not_found");
        (await ours.Backend.PostAsync("/v1/conversations", new { type = "group", memberIds = new[] { "zoe" } })).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await theirs.Backend.GetAsync(path)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Two_tenants_may_use_the_same_ids()
    {
        foreach (var tenant in new[] { await gateway.CreateTenantAsync(), await gateway.CreateTenantAsync() })
        {
            await tenant.WithUsersAsync("alice");
            (await tenant.OnBehalfOf("alice").PostAsync("/v1/conversations", new { type = "group", id = "general" })).Expect(HttpStatusCode.Created);
            (await tenant.OnBehalfOf("alice").PostAsync("/v1/conversations/general/messages", new { text = tenant.Id, clientMessageId = "1" })).Expect(HttpStatusCode.Created);
            Assert.Equal(tenant.Id, Assert.Single((await tenant.Backend.GetAsync("/v1/conversations/general/messages")).Expect(HttpStatusCode.OK).Items).GetProperty("text").GetString());
        }
    }
}
