using System.Net;
using System.Text.Json;
using Caas.Tests.Access;
using Caas.Tests.Gateway;

namespace Caas.Tests.Hostile;

/// <summary>
/// A tenant in which a good request of every operation is taken, so that of a wrong one nothing but the wrong field decides: no limits of rate, and everything that a path names is there.
/// Bodies are those of the matrix of callers.
/// </summary>
internal sealed class GoodRequests(HostileHost host)
{
    private const string Tenant = "generated";
    private const string Other = "generated-other";
    private static readonly object Unlimited = new { perKeyPerMinute = 0, perUserPerMinute = 0, hubMessagesPerSecond = 0, hubTypingPerSecond = 0, hubJoinsPerSecond = 0 };

    private readonly Dictionary<string, Row> _rows = AccessTable.Rest.ToDictionary(row => row.Operation);
    private readonly Api _admin = new(host.Anyone.Http, ("Authorization", $"Bearer {HostileHost.AdminKey}"));
    private Api _backend = null!;
    private Dictionary<string, string> _values = [];

    public async Task PrepareAsync()
    {
        (await _admin.PostAsync("/v1/tenants", new { id = Other, name = Other })).Expect(HttpStatusCode.Created);
        (await _admin.PostAsync("/v1/tenants", new { id = Tenant, name = Tenant })).Expect(HttpStatusCode.Created);
        var key = (await _admin.PostAsync($"/v1/tenants/{Tenant}/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        _backend = new(host.Anyone.Http, ("X-Api-Key", key));
        await RestoreSettingsAsync();
        (await _backend.PostAsync("/v1/users/batch", new { users = new[] { "alice", "bob", "target", "stranger", "banned" }.Select(id => new { id, name = id }) })).Expect(HttpStatusCode.OK);
        (await _backend.PostAsync("/v1/conversations", new { type = "group", id = "room", memberIds = new[] { "alice", "bob" } }, ("X-On-Behalf-Of", "alice"))).Expect(HttpStatusCode.Created);
        var flagged = await SendAsync("bob", new { text = "what is flagged" });
        (await _backend.PostAsync($"/v1/conversations/room/messages/{flagged}/flags", new { reason = "rude" }, ("X-On-Behalf-Of", "alice"))).Expect(HttpStatusCode.OK);
        _values = new()
        {
            ["conversationId"] = "room",
            ["own"] = await SendAsync("alice", new { text = "what is edited" }),
            ["poll"] = await SendAsync("alice", new { poll = new { question = "Where?", options = new[] { "Here", "There" } } }),
            ["other"] = flagged,
            ["flagId"] = (await _backend.GetAsync("/v1/moderation/flags")).Expect(HttpStatusCode.OK).Items[0].GetProperty("id").GetString()!,
            ["webhookId"] = (await _backend.PostAsync("/v1/webhooks", new { url = "https://hook.invalid/" })).Expect(HttpStatusCode.Created).Id,
            ["keyId"] = (await _backend.PostAsync("/v1/api-keys", new { name = "rotated" })).Expect(HttpStatusCode.Created).Id,
            ["deviceId"] = "phone",
            ["channel"] = "webPush",
            ["tenantId"] = Other,
            ["refresh"] = (await _backend.PostAsync("/v1/users/alice/tokens", new { })).Expect(HttpStatusCode.Created)["refreshToken"].GetString()!,
        };
    }

    /// <summary>What is taken of an operation: where it goes, as whom, and its body.</summary>
    /// <param name="path">As the OpenAPI document has it.</param>
    public (Api As, string Route, string Body) Of(string operation, string path)
    {
        var row = _rows[operation];
        var of = _values.Append(new("messageId", _values[operation switch { "VotePoll" => "poll", "FlagMessage" => "other", _ => "own" }]))
            .Append(new("userId", operation switch { "BanUser" => "banned", "UpdateUser" => "alice", _ => "bob" }))
            .Append(new("user", "target")).Append(new("self", "alice")).Append(new("name", "A name")).Append(new("now", $"{TimeProvider.System.GetUtcNow():O}"));
        string Fill(string text) => of.Aggregate(text, (filled, value) => filled.Replace($"{{{value.Key}}}", value.Value, StringComparison.Ordinal));
        var api = path.StartsWith("/v1/tenants", StringComparison.Ordinal) ? _admin
            : row.Rule.Scope is null ? host.Anyone
            : row.Rule.May == Kinds.Backend ? _backend : _backend.With("X-On-Behalf-Of", "alice");
        return (api, Fill(path), Fill(row.Body ?? "{}"));
    }

    /// <summary>Makes what an operation is about and all others can do without.</summary>
    public async Task BeforeAsync(string operation)
    {
        if (operation.Contains("BeforeSendHook", StringComparison.Ordinal))
        {
            (await _backend.PutAsync("/v1/tenant/before-send-hook", new { url = "https://hook.invalid/", timeoutMs = 50 })).Expect(HttpStatusCode.OK);
        }
    }

    /// <summary>Puts back what an operation that was taken has changed for all others.</summary>
    public Task AfterAsync(string operation) => operation is "PutTenantSettings" or "UpdateOwnTenant" ? RestoreSettingsAsync() : Task.CompletedTask;

    /// <summary>Puts back what would be in the way of other operations than this one.</summary>
    public async Task EndAsync(string operation)
    {
        if (operation == "PutBlocklist")
        {
            (await _backend.PutAsync("/v1/moderation/blocklist", new { words = new[] { "forbidden" } })).Expect(HttpStatusCode.OK);
        }
        else if (operation.Contains("BeforeSendHook", StringComparison.Ordinal))
        {
            (await _backend.DeleteAsync("/v1/tenant/before-send-hook")).Expect(HttpStatusCode.NoContent);
        }
    }

    private async Task RestoreSettingsAsync()
    {
        // By the platform first: what was set may leave the tenant's own key no call.
        (await _admin.PatchAsync($"/v1/tenants/{Tenant}", new { settings = new { rateLimits = Unlimited } })).Expect(HttpStatusCode.OK);
        (await _backend.PutAsync("/v1/tenant/settings", new { rateLimits = Unlimited })).Expect(HttpStatusCode.OK);
    }

    private async Task<string> SendAsync(string user, object message) =>
        (await _backend.PostAsync("/v1/conversations/room/messages", JsonSerializer.Serialize(message), ("X-On-Behalf-Of", user))).Expect(HttpStatusCode.Created).Id;
}
