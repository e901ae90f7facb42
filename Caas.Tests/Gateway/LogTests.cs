using System.Net;
using Caas.Core.Refusals;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class LogTests(GatewayFixture gateway)
{
    [Fact]
    public async Task A_refused_request_is_found_in_the_log_by_its_trace_id_and_nothing_of_what_it_held_is_there()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice-secret-name");
        var alice = await tenant.SignInAsync("alice-secret-name");
        var refused = (await alice.PostAsync("/v1/conversations/secret-room/messages", new { text = "a secret text" })).ExpectProblem(HttpStatusCode.NotFound, "conversation_not_found");
        var line = Assert.Single(gateway.Faults.Told, line => line.Contains(refused["traceId"].GetString()!, StringComparison.Ordinal));
        Assert.StartsWith($"Refused conversation_not_found (404): POST /v1/conversations/{{conversationId}}/messages, tenant {tenant.Id}, caller user, trace ", line, StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Faults.Told, line => line.Contains("secret-", StringComparison.Ordinal) || line.Contains("a secret text", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Administration_is_told()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var key = (await tenant.Backend.PostAsync("/v1/api-keys", new { name = "a" })).Expect(HttpStatusCode.Created);
        var rotated = (await tenant.Backend.PostAsync($"/v1/api-keys/{key.Id}/rotate")).Expect(HttpStatusCode.OK);
        (await tenant.Backend.DeleteAsync($"/v1/api-keys/{key.Id}")).Expect(HttpStatusCode.NoContent);
        (await tenant.Backend.PostAsync("/v1/tokens/revoke", new { userId = "alice" })).Expect(HttpStatusCode.NoContent);
        (await gateway.Admin.DeleteAsync($"/v1/tenants/{tenant.Id}")).Expect(HttpStatusCode.NoContent);

        var lines = gateway.Faults.Told.Where(line => line.Contains(tenant.Id, StringComparison.Ordinal)).ToList();
        foreach (var type in new[] { "tenant.created", "api_key.created", "api_key.rotated", "api_key.revoked", "tokens.revoked", "tenant.deleted" })
        {
            Assert.Contains(lines, line => line.StartsWith($"Administered {type}: tenant {tenant.Id}, ", StringComparison.Ordinal));
        }

        Assert.Contains(lines, line => line.Contains($"API key {key.Id}, by key:", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Faults.Told, line => line.Contains(key["key"].GetString()!, StringComparison.Ordinal) || line.Contains(rotated["key"].GetString()!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_flood_of_refusals_is_bounded_and_counted()
    {
        var clock = new FakeTimeProvider();
        var told = new TaskCompletionSource<(string, int)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var throttle = new RefusalThrottle(clock, (code, count) => told.TrySetResult((code, count)));
        Assert.Equal(20, Enumerable.Range(0, 500).Count(_ => throttle.Admits("unauthenticated")));
        Assert.True(throttle.Admits("not_allowed"));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(("unauthenticated", 480), await told.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.True(throttle.Admits("unauthenticated"));
    }
}
