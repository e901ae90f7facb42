using System.Net;
using Caas.Core.Usage;
using Caas.Tests.Gateway;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.Usage;

/// <summary>What a tenant has, and what it may have.</summary>
[Collection<GatewayCollection>]
public sealed class QuotaTests(GatewayFixture gateway)
{
    [Fact]
    public async Task What_is_above_a_quota_is_refused_by_name_and_what_is_there_stays()
    {
        var tenant = await gateway.CreateTenantAsync();
        await SetAsync(tenant, new { users = 2, conversations = 1, messagesPerMonth = 3, storageBytes = 10 });
        await tenant.WithUsersAsync("alice", "bob");
        Assert.Contains("2 users", Refused(await tenant.Backend.PutAsync("/v1/users/cy", new { name = "Cy" })), StringComparison.Ordinal);
        Refused(await tenant.Backend.PostAsync("/v1/users/batch", new { users = new[] { new { id = "alice", name = "Alice" }, new { id = "cy", name = "Cy" } } }));
        (await tenant.Backend.PutAsync("/v1/users/bob", new { name = "Bobby" })).Expect(HttpStatusCode.OK);

        var room = await tenant.CreateGroupAsync("alice", "bob");
        Assert.Contains("1 conversations", Refused(await tenant.Backend.PostAsync("/v1/conversations", new { type = "group" })), StringComparison.Ordinal);
        for (var i = 0; i < 3; i++)
        {
            (await tenant.Backend.PostAsync($"/v1/conversations/{room}/messages", new { text = $"{i}", clientMessageId = $"m{i}" })).Expect(HttpStatusCode.Created);
        }

        Assert.Contains("3 messages a month", Refused(await tenant.Backend.PostAsync($"/v1/conversations/{room}/messages", new { text = "one too many" })), StringComparison.Ordinal);

        // What was stored has its first answer: the sender may not have heard it.
        (await tenant.Backend.PostAsync($"/v1/conversations/{room}/messages", new { text = "2", clientMessageId = "m2" })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PostAsync("/v1/attachments", new { name = "a.txt", type = "text/plain", size = 10 })).Expect(HttpStatusCode.Created);
        Assert.Contains("10 bytes", Refused(await tenant.Backend.PostAsync("/v1/attachments", new { name = "a.txt", type = "text/plain", size = 1 })), StringComparison.Ordinal);

        // The admin lifts them; the tenant itself cannot.
        (await tenant.Backend.PatchAsync("/v1/tenant", new { quotas = new { users = 9 } })).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");
        (await gateway.Admin.PatchAsync($"/v1/tenants/{tenant.Id}", new { quotas = new { users = -1 } })).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", "quotas.users");
        await SetAsync(tenant, null);
        (await tenant.Backend.PutAsync("/v1/users/cy", new { name = "Cy" })).Expect(HttpStatusCode.Created);
    }

    [Fact]
    public async Task Usage_says_what_there_is_and_what_was_used_this_month()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice", "bob");
        await SetAsync(tenant, new { connections = 5 });
        var room = await tenant.CreateGroupAsync("alice", "bob");
        foreach (var (user, text) in new[] { ("alice", "one"), ("alice", "two"), ("bob", "three") })
        {
            (await tenant.OnBehalfOf(user).PostAsync($"/v1/conversations/{room}/messages", new { text, clientMessageId = text })).Expect(HttpStatusCode.Created);
        }

        (await tenant.OnBehalfOf("bob").PostAsync($"/v1/conversations/{room}/messages", new { text = "three", clientMessageId = "three" })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PostAsync("/v1/attachments", new { name = "a.txt", type = "text/plain", size = 10 })).Expect(HttpStatusCode.Created);
        await gateway.Services.GetRequiredService<UsageTracker>().FlushAsync(TestContext.Current.CancellationToken);
        await Eventually.HoldsAsync(async () => (await tenant.Backend.GetAsync("/v1/tenant/usage"))["monthlyMessages"].GetInt64() == 3 ? null : "the tracker was writing", TestContext.Current.CancellationToken);
        var usage = (await tenant.Backend.GetAsync("/v1/tenant/usage")).Expect(HttpStatusCode.OK);
        Assert.Equal((2, 1, 2, 3, 1, 10, 5), (usage["users"].GetInt64(), usage["conversations"].GetInt64(), usage["monthlyActiveUsers"].GetInt64(), usage["monthlyMessages"].GetInt64(), usage["attachments"].GetInt64(), usage["storageBytes"].GetInt64(), usage["quotas"].GetProperty("connections").GetInt64()));
        Assert.Matches("^20[0-9]{2}-[01][0-9]$", usage["month"].GetString());
    }

    private async Task SetAsync(TestTenant tenant, object? quotas) => (await gateway.Admin.PatchAsync($"/v1/tenants/{tenant.Id}", new { quotas })).Expect(HttpStatusCode.OK);

    private static string Refused(Answer answer) => answer.ExpectProblem(HttpStatusCode.Forbidden, "quota_exceeded")["detail"].GetString()!;
}
