using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class CallerTests(GatewayFixture gateway)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_credentials_are_a_401_with_a_challenge()
    {
        var answer = (await gateway.Anyone.GetAsync("/v1/tenant")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.StartsWith("Bearer", answer.Header("WWW-Authenticate"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authorization", "Bearer nonsense")]
    [InlineData("Authorization", "Bearer a.b.c")]
    [InlineData("Authorization", "Bearer ")]
    [InlineData("Authorization", "Basic YTpi")]
    [InlineData("Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIiwidGlkIjoiYiJ9.")]
    [InlineData("X-Api-Key", "nonsense")]
    [InlineData("X-Api-Key", "some.secret")]
    [InlineData("X-Api-Key", ".")]
    public async Task Credentials_that_nobody_was_given_are_a_401(string header, string value) =>
        (await gateway.Anyone.GetAsync("/v1/conversations", (header, value))).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");

    [Fact]
    public async Task Two_kinds_of_credentials_at_once_are_refused()
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.GetAsync("/v1/tenant", ("Authorization", $"Bearer {GatewayFixture.AdminKey}"))).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Who_calls_is_checked_before_the_body_is_read()
    {
        (await gateway.Anyone.PostAsync("/v1/conversations", "{ broken")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.PostAsync("/v1/tenants", "{ broken")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
    }

    [Fact]
    public async Task A_backend_that_names_an_empty_user_does_not_act_as_the_tenant()
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.GetAsync("/v1/conversations", ("X-On-Behalf-Of", ""))).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "X-On-Behalf-Of");
    }

    [Fact]
    public async Task Whom_the_backend_calls_for_is_not_ignored_where_only_the_backend_may_call()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var alice = tenant.OnBehalfOf("alice");
        (await alice.PutAsync("/v1/users/carol", new { name = "Carol" })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "X-On-Behalf-Of");
        (await alice.PostAsync("/v1/users/alice/tokens")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "X-On-Behalf-Of");
        (await alice.GetAsync("/v1/tenant")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "X-On-Behalf-Of");
        (await alice.PostAsync("/v1/api-keys", new { name = "k" })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "X-On-Behalf-Of");
        (await alice.GetAsync("/v1/users/alice")).Expect(HttpStatusCode.OK);
        (await tenant.Backend.GetAsync("/v1/users/carol")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
    }

    [Theory]
    [InlineData("..")]
    [InlineData("%2e%2E")]
    [InlineData(".")]
    public async Task An_id_of_dots_does_not_name_the_resource_above_it(string id)
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var conversation = $"/v1/conversations/{await tenant.CreateGroupAsync("alice")}";
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri($"{gateway.Address.ToString().TrimEnd('/')}{conversation}/members/{id}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        request.Headers.Add("X-Api-Key", tenant.Key);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        (await tenant.Backend.GetAsync(conversation)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Each_route_serves_its_kinds_of_callers_only()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var alice = await tenant.SignInAsync("alice");
        (await gateway.Admin.GetAsync("/v1/conversations")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await gateway.Admin.GetAsync("/v1/tenant")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await tenant.Backend.GetAsync("/v1/tenants")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await tenant.Backend.PostAsync("/v1/admin/signing-keys/rotate")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await tenant.Backend.PostAsync("/v1/logout")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await alice.GetAsync("/v1/tenant")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await alice.PostAsync("/v1/api-keys", new { name = "mine" })).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await alice.PostAsync("/v1/users/alice/tokens")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await alice.PutAsync("/v1/users/alice", new { name = "Alice" })).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
    }

    [Fact]
    public async Task An_api_key_does_what_its_scopes_say()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var reader = await tenant.WithScopesAsync("users:read");
        (await reader.GetAsync("/v1/users/alice")).Expect(HttpStatusCode.OK);
        var refused = (await reader.PutAsync("/v1/users/bob", new { name = "Bob" })).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        Assert.Contains("users:write", refused["detail"].GetString(), StringComparison.Ordinal);
        (await reader.GetAsync("/v1/conversations")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await reader.GetAsync("/v1/tenant")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");

        var writer = await tenant.WithScopesAsync("users:write");
        (await writer.PutAsync("/v1/users/bob", new { name = "Bob" })).Expect(HttpStatusCode.Created);
        (await writer.GetAsync("/v1/users/bob")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_backend_acts_for_a_user_that_exists()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        (await tenant.OnBehalfOf("alice").GetAsync("/v1/conversations")).Expect(HttpStatusCode.OK);
        (await tenant.OnBehalfOf("nobody").GetAsync("/v1/conversations")).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        (await tenant.OnBehalfOf("not/an/id").GetAsync("/v1/conversations")).Expect(HttpStatusCode.BadRequest);
        var alice = await tenant.SignInAsync("alice");
        (await alice.GetAsync("/v1/conversations", ("X-On-Behalf-Of", "alice"))).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "X-On-Behalf-Of");
    }

    [Fact]
    public async Task A_revoked_key_and_a_rotated_one_stop()
    {
        var tenant = await gateway.CreateTenantAsync();
        var made = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "second" })).Expect(HttpStatusCode.Created);
        var second = gateway.Anyone.With("X-Api-Key", made["key"].GetString()!);
        (await second.GetAsync("/v1/tenant")).Expect(HttpStatusCode.OK);
        (await tenant.Backend.DeleteAsync($"/v1/api-keys/{made.Id}")).Expect(HttpStatusCode.NoContent);
        (await second.GetAsync("/v1/tenant")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task The_token_in_the_query_is_for_negotiate_alone()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var token = (await tenant.Backend.PostAsync("/v1/users/alice/tokens")).Expect(HttpStatusCode.Created)["token"].GetString();
        (await gateway.Anyone.GetAsync($"/v1/conversations?access_token={token}")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task A_client_that_goes_away_disturbs_nobody()
    {
        using (var socket = new Socket(SocketType.Stream, ProtocolType.Tcp))
        {
            await socket.ConnectAsync(gateway.Address.Host, gateway.Address.Port, Cancelled);
            await socket.SendAsync(Encoding.ASCII.GetBytes($"POST /v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {GatewayFixture.AdminKey}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"), Cancelled);
            socket.Close(0);
        }

        (await gateway.Anyone.GetAsync("/v1/ping")).Expect(HttpStatusCode.OK);
    }
}
