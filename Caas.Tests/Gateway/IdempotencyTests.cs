using System.Net;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class IdempotencyTests(GatewayFixture gateway)
{
    [Fact]
    public async Task The_same_key_and_body_get_the_same_answer()
    {
        var name = $"Tenant {Guid.NewGuid()}";
        var first = (await gateway.Admin.PostAsync("/v1/tenants", new { name }, Key("k-1" + name[^8..]))).Expect(HttpStatusCode.Created);
        var again = (await gateway.Admin.PostAsync("/v1/tenants", new { name }, Key("k-1" + name[^8..]))).Expect(HttpStatusCode.Created);
        Assert.Equal(first.Text, again.Text);
        Assert.Equal(first.Header("Location"), again.Header("Location"));
        Assert.Equal(first.ContentHeaders.ContentType, again.ContentHeaders.ContentType);
        Assert.Null(first.Header("Idempotent-Replayed"));
        Assert.Equal("true", again.Header("Idempotent-Replayed"));
    }

    [Fact]
    public async Task Another_body_with_the_key_is_refused()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var made = (await tenant.OnBehalfOf("alice").PostAsync("/v1/conversations", new { type = "group", name = "one" }, Key("k"))).Expect(HttpStatusCode.Created);
        (await tenant.OnBehalfOf("alice").PostAsync("/v1/conversations", new { type = "group", name = "two" }, Key("k"))).ExpectProblem(HttpStatusCode.Conflict, "idempotency_key_reused");
        Assert.Equal(made.Id, (await tenant.OnBehalfOf("alice").PostAsync("/v1/conversations", new { type = "group", name = "one" }, Key("k"))).Expect(HttpStatusCode.Created).Id);
        Assert.Single((await tenant.Backend.GetAsync("/v1/conversations")).Items);
    }

    [Fact]
    public async Task A_key_belongs_to_its_caller_and_route()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var body = new { type = "group", name = "same" };
        var alices = (await tenant.OnBehalfOf("alice").PostAsync("/v1/conversations", body, Key("shared"))).Expect(HttpStatusCode.Created);
        var bobs = (await tenant.OnBehalfOf("bob").PostAsync("/v1/conversations", body, Key("shared"))).Expect(HttpStatusCode.Created);
        Assert.NotEqual(alices.Id, bobs.Id);
        (await tenant.Backend.PostAsync("/v1/users/batch", new { users = new[] { new { id = "carol", name = "Carol" } } }, Key("shared"))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_answer_with_a_secret_is_not_given_again_but_its_id_is()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var made = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "k" }, Key("s"))).Expect(HttpStatusCode.Created);
        var again = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "k" }, Key("s"))).ExpectProblem(HttpStatusCode.Conflict, "already_created");
        Assert.Equal(made.Id, again.Id);
        Assert.DoesNotContain(made["key"].GetString()!.Split('.')[1], again.Text, StringComparison.Ordinal);

        (await tenant.Backend.PostAsync("/v1/users/alice/tokens", null, Key("s"))).Expect(HttpStatusCode.Created);
        Assert.Equal("alice", (await tenant.Backend.PostAsync("/v1/users/alice/tokens", null, Key("s"))).ExpectProblem(HttpStatusCode.Conflict, "already_created").Id);
        (await tenant.Backend.PostAsync("/v1/tokens/batch", new { userIds = new[] { "alice" } }, Key("s"))).Expect(HttpStatusCode.Created);
        (await tenant.Backend.PostAsync("/v1/tokens/batch", new { userIds = new[] { "alice" } }, Key("s"))).ExpectProblem(HttpStatusCode.Conflict, "already_created");
        var secret = (await tenant.Backend.PostAsync("/v1/tenant/token-secret", null, Key("s"))).Expect(HttpStatusCode.Created);
        Assert.Equal(secret["kid"].GetString(), (await tenant.Backend.PostAsync("/v1/tenant/token-secret", null, Key("s"))).ExpectProblem(HttpStatusCode.Conflict, "already_created").Id);
    }

    [Fact]
    public async Task A_repeated_refresh_with_its_key_does_not_count_as_theft()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var body = new { refreshToken = (await tenant.Backend.PostAsync("/v1/users/alice/tokens")).Expect(HttpStatusCode.Created)["refreshToken"].GetString() };
        var refreshed = (await gateway.Anyone.PostAsync("/v1/tokens/refresh", body, Key("r"))).Expect(HttpStatusCode.OK);
        (await gateway.Anyone.PostAsync("/v1/tokens/refresh", body, Key("r"))).ExpectProblem(HttpStatusCode.Conflict, "already_created");
        (await gateway.Anyone.PostAsync("/v1/tokens/refresh", new { refreshToken = refreshed["refreshToken"].GetString() }, Key("r"))).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_refused_call_gives_its_key_back()
    {
        var tenant = await gateway.CreateTenantAsync();
        var body = new { type = "group", memberIds = new[] { "alice" } };
        (await tenant.Backend.PostAsync("/v1/conversations", body, Key("later"))).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");
        await tenant.WithUsersAsync("alice");
        (await tenant.Backend.PostAsync("/v1/conversations", body, Key("later"))).Expect(HttpStatusCode.Created);
        (await tenant.Backend.PostAsync("/v1/conversations", "{ broken", Key("broken"))).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed");
        (await tenant.Backend.PostAsync("/v1/conversations", body, Key("broken"))).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Many_at_once_with_one_key_happen_once()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => tenant.Backend.PostAsync("/v1/conversations", new { type = "group", memberIds = new[] { "alice" } }, Key("race"))));
        Assert.All(answers, answer => Assert.True(answer.Status is HttpStatusCode.Created || answer["code"].GetString() == "idempotency_key_in_use", answer.Text));
        Assert.Single(answers.Where(answer => answer.Status == HttpStatusCode.Created).Select(answer => answer.Id).Distinct());
        Assert.Single((await tenant.Backend.GetAsync("/v1/conversations")).Items);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("129")]
    public async Task A_key_of_the_wrong_form_is_told(string key)
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        key = key == "129" ? new string('k', 129) : key;
        (await tenant.Backend.PostAsync("/v1/conversations", new { type = "group", memberIds = new[] { "alice" } }, Key(key))).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "Idempotency-Key");
        var group = await tenant.CreateGroupAsync("alice");
        (await tenant.Backend.PostAsync($"/v1/conversations/{group}/messages", new { text = "a" }, Key(key))).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "Idempotency-Key");
    }

    [Fact]
    public async Task On_messages_the_key_is_the_client_id()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var messages = $"/v1/conversations/{await tenant.CreateGroupAsync("alice", "bob")}/messages";
        var alice = tenant.OnBehalfOf("alice");
        var sent = (await alice.PostAsync(messages, new { text = "once" }, Key("m"))).Expect(HttpStatusCode.Created);
        Assert.Equal("m", sent["clientMessageId"].GetString());
        var again = (await alice.PostAsync(messages, new { text = "once" }, Key("m"))).Expect(HttpStatusCode.OK);
        Assert.Equal(sent.Id, again.Id);
        Assert.Equal("true", again.Header("Idempotent-Replayed"));
        (await alice.PostAsync(messages, new { text = "twice" }, Key("m"))).ExpectProblem(HttpStatusCode.Conflict, "idempotency_key_reused");
        (await alice.PostAsync(messages, new { text = "own", clientMessageId = "own" }, Key("m"))).ExpectProblem(HttpStatusCode.Conflict, "idempotency_key_reused");
        (await tenant.OnBehalfOf("bob").PostAsync(messages, new { text = "bob's" }, Key("m"))).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_key_stays_with_its_body_also_where_the_body_names_a_client_id_of_its_own()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var messages = $"/v1/conversations/{await tenant.CreateGroupAsync("alice")}/messages";
        var alice = tenant.OnBehalfOf("alice");
        var sent = (await alice.PostAsync(messages, new { text = "one", clientMessageId = "c1" }, Key("k"))).Expect(HttpStatusCode.Created);
        Assert.Equal("c1", sent["clientMessageId"].GetString());
        var again = (await alice.PostAsync(messages, new { text = "one", clientMessageId = "c1" }, Key("k"))).Expect(HttpStatusCode.OK);
        Assert.Equal(sent.Text, again.Text);
        (await alice.PostAsync(messages, new { text = "two", clientMessageId = "c2" }, Key("k"))).ExpectProblem(HttpStatusCode.Conflict, "idempotency_key_reused");
        (await alice.PostAsync(messages, new { text = "one" }, Key("k"))).ExpectProblem(HttpStatusCode.Conflict, "idempotency_key_reused");
        (await alice.PostAsync(messages, new { text = "other", clientMessageId = "c1" }, Key("l"))).ExpectProblem(HttpStatusCode.Conflict, "client_message_id_reused");
        (await alice.PostAsync(messages, new { text = "three", clientMessageId = "c3" }, Key("l"))).Expect(HttpStatusCode.Created);

        var edit = (await alice.PatchAsync($"{messages}/{sent.Id}", new { text = "edited", clientMessageId = "e1" }, Key("e"))).Expect(HttpStatusCode.OK);
        Assert.Equal(edit.Text, (await alice.PatchAsync($"{messages}/{sent.Id}", new { text = "edited", clientMessageId = "e1" }, Key("e"))).Expect(HttpStatusCode.OK).Text);
        (await alice.PatchAsync($"{messages}/{sent.Id}", new { text = "again", clientMessageId = "e2" }, Key("e"))).ExpectProblem(HttpStatusCode.Conflict, "idempotency_key_reused");
        Assert.Equal(4, (await alice.GetAsync(messages.Replace("/messages", "/entries", StringComparison.Ordinal))).Items.Count);
    }

    [Fact]
    public async Task Many_at_once_with_one_key_and_client_id_make_one_message()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var messages = $"/v1/conversations/{await tenant.CreateGroupAsync("alice")}/messages";
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => tenant.OnBehalfOf("alice").PostAsync(messages, new { text = $"{i % 2}", clientMessageId = $"c{i % 2}" }, Key("race"))));
        Assert.Equal(6, answers.Count(answer => answer.Status == HttpStatusCode.Conflict && answer["code"].GetString() == "idempotency_key_reused"));
        Assert.Single(answers.Where(answer => answer.Status is HttpStatusCode.Created or HttpStatusCode.OK).Select(answer => answer.Id).Distinct());
    }

    [Fact]
    public async Task A_repeated_leave_gets_the_first_answer()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var conversation = $"/v1/conversations/{await tenant.CreateGroupAsync("alice", "bob")}";
        var bob = await tenant.SignInAsync("bob");
        (await bob.PostAsync($"{conversation}/leave", null, Key("bye"))).Expect(HttpStatusCode.NoContent);
        var again = (await bob.PostAsync($"{conversation}/leave", null, Key("bye"))).Expect(HttpStatusCode.NoContent);
        Assert.Equal("true", again.Header("Idempotent-Replayed"));
        (await bob.PostAsync($"{conversation}/leave", null, Key("other"))).ExpectProblem(HttpStatusCode.Forbidden, "not_a_member");
    }

    [Fact]
    public async Task On_members_and_edits_the_key_makes_one_entry()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        var conversation = $"/v1/conversations/{await tenant.CreateGroupAsync("alice")}";
        var alice = tenant.OnBehalfOf("alice");
        (await alice.PostAsync($"{conversation}/members", new { userIds = new[] { "bob" } }, Key("add"))).Expect(HttpStatusCode.OK);
        (await alice.PostAsync($"{conversation}/members", new { userIds = new[] { "bob" } }, Key("add"))).Expect(HttpStatusCode.OK);
        var sent = (await alice.PostAsync($"{conversation}/messages", new { text = "one" })).Expect(HttpStatusCode.Created);
        (await alice.PatchAsync($"{conversation}/messages/{sent.Id}", new { text = "two" }, Key("edit"))).Expect(HttpStatusCode.OK);
        (await alice.PatchAsync($"{conversation}/messages/{sent.Id}", new { text = "two" }, Key("edit"))).Expect(HttpStatusCode.OK);
        (await alice.PatchAsync($"{conversation}/messages/{sent.Id}", new { text = "three" }, Key("edit"))).ExpectProblem(HttpStatusCode.Conflict, "idempotency_key_reused");
        var types = (await alice.GetAsync($"{conversation}/entries")).Items.Select(entry => entry.GetProperty("type").GetString()).ToList();
        Assert.Single(types, "message.edited");
    }

    [Fact]
    public void Every_POST_says_what_a_key_does_and_every_open_endpoint_is_meant_to_be()
    {
        var endpoints = gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal)).ToList();
        Assert.All(
            endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Contains("POST")),
            endpoint => Assert.True(endpoint.Metadata.GetMetadata<IdempotencyMetadata>() is not null, $"{endpoint.RoutePattern.RawText} does not say what an Idempotency-Key does."));
        Assert.Equal(
            ["/v1/attachments/{attachmentId}/content/", "/v1/attachments/{attachmentId}/content/", "/v1/ping", "/v1/tokens/refresh"],
            endpoints.Where(endpoint => endpoint.Metadata.GetMetadata<CallerPolicy>() is null or { Optional: true }).Select(endpoint => endpoint.RoutePattern.RawText!).Order());
    }

    private static (string, string) Key(string key) => ("Idempotency-Key", key);
}
