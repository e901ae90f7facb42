using System.Net;
using System.Text.Json;
using Caas.Tests.Gateway;
using Caas.Tests.Sqlite;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Caas.Tests.Audit;

/// <summary>Failed logins and refused administrative calls at the gateway, in the tenant's audit log. On a host of its own: behind a proxy, with short windows.</summary>
public sealed class AuditedRefusalsTests : IAsyncLifetime
{
    private const string From = "203.0.113.7";

    private readonly TempFolder _folder = new();
    private readonly FaultLog _faults = new();
    private WebApplication _app = null!;
    private HttpClient _client = null!;
    private string _key = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private Api Anyone => new Api(_client).With("X-Forwarded-For", From);

    private Api Backend => new Api(_client).With("X-Api-Key", _key);

    public async ValueTask InitializeAsync()
    {
        _app = GatewayFixture.Build(_folder, new LocalReplicas(), _faults, new() { ["Caas:Gateway:TrustedProxies:0"] = "127.0.0.0/8", ["Caas:Audit:Window"] = "00:00:01" });
        await _app.StartAsync(Cancelled);
        _client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()), Timeout = TimeSpan.FromMinutes(1) };
        var admin = new Api(_client).With("Authorization", $"Bearer {GatewayFixture.AdminKey}");
        (await admin.PostAsync("/v1/tenants", new { id = "acme", name = "Acme" })).Expect(HttpStatusCode.Created);
        _key = (await admin.PostAsync("/v1/tenants/acme/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        (await Backend.PutAsync("/v1/users/ann", new { name = "Ann" })).Expect(HttpStatusCode.Created);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        _folder.Dispose();
        Assert.True(_faults.Lines.IsEmpty, string.Join(Environment.NewLine, _faults.Lines));
    }

    [Fact]
    public async Task Failed_logins_are_told_with_whose_credentials_they_were_from_where_and_no_secret()
    {
        var id = _key.Split('.')[0];
        const string Guess = "a-guess-at-the-secret-of-the-key-0123456789a";
        (await Anyone.With("X-Api-Key", $"{id}.{Guess}").GetAsync("/v1/users")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        var token = (await Backend.PostAsync("/v1/users/ann/tokens", new { })).Expect(HttpStatusCode.Created)["token"].GetString()!;
        (await Anyone.With("Authorization", $"Bearer {token[..^20]}{new string('A', 20)}").GetAsync("/v1/conversations")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await Backend.PostAsync("/v1/tokens/revoke", new { token })).Expect(HttpStatusCode.NoContent);
        var refused = (await Anyone.With("Authorization", $"Bearer {token}").GetAsync("/v1/conversations")).ExpectProblem(HttpStatusCode.Unauthorized, "token_revoked");

        // Whose these are nobody knows, and nobody is told.
        (await Anyone.With("X-Api-Key", $"ck_nobodys.{Guess}").GetAsync("/v1/users")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        (await Anyone.With("Authorization", "Bearer nonsense").GetAsync("/v1/users")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");

        var found = await ListAsync("auth.failed", 3);
        Assert.Equal(["wrong_secret", "token_forged", "token_revoked"], found.Select(entry => Text(entry, "reason")));
        Assert.Equal(["anonymous", "anonymous", "user:ann"], found.Select(entry => Text(entry, "actor")));
        Assert.Equal((id, "ann"), (found[0].GetProperty("target").GetProperty("keyId").GetString(), found[2].GetProperty("target").GetProperty("userId").GetString()));
        Assert.All(found, entry => Assert.Equal(From, Text(entry, "ipAddress")));
        Assert.Equal(refused["traceId"].GetString(), Text(found[2], "traceId"));
        var whole = string.Concat(found.Select(entry => entry.GetRawText()));
        Assert.DoesNotContain(Guess, whole, StringComparison.Ordinal);
        Assert.DoesNotContain(token.Split('.')[2], whole, StringComparison.Ordinal);

        // Told as events too.
        await Eventually.HoldsAsync(async () => (await Backend.GetAsync("/v1/events?types=audit.recorded&limit=100")).Items.Count(told => Text(told.GetProperty("data").GetProperty("data"), "action") == "auth.failed") == 3 ? null : "the events are not there", Cancelled);
    }

    [Fact]
    public async Task A_flood_is_one_record_and_then_its_number()
    {
        var id = _key.Split('.')[0];
        for (var n = 0; n < 200; n++)
        {
            (await Anyone.With("X-Api-Key", $"{id}.guess-{n}").GetAsync("/v1/users")).ExpectProblem(HttpStatusCode.Unauthorized, "unauthenticated");
        }

        IReadOnlyList<JsonElement> found = [];
        await Eventually.HoldsAsync(
            async () => (found = (await Backend.GetAsync("/v1/audit-log?action=auth.*&limit=200")).Items).Sum(entry => entry.GetProperty("count").GetInt32()) == 200 ? null : $"{found.Count} records",
            Cancelled);
        Assert.InRange(found.Count, 2, 40);
        Assert.Equal((1, JsonValueKind.Null), (found[^1].GetProperty("count").GetInt32(), found[^1].GetProperty("since").ValueKind));
        Assert.All(found.SkipLast(1), entry => Assert.True(entry.GetProperty("since").GetDateTimeOffset() <= entry.GetProperty("at").GetDateTimeOffset().AddMilliseconds(1)));
    }

    [Fact]
    public async Task Administrative_calls_that_are_refused_for_a_missing_right_are_told()
    {
        var reader = (await Backend.PostAsync("/v1/api-keys", new { name = "reader", scopes = new[] { "users:read" } })).Expect(HttpStatusCode.Created);
        var (readers, id) = (Anyone.With("X-Api-Key", reader["key"].GetString()!), reader.Id);
        (await readers.PutAsync("/v1/moderation/bans/ann", new { reason = "spam" })).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await readers.GetAsync("/v1/tenants/globex")).ExpectProblem(HttpStatusCode.NotFound, "tenant_not_found");
        var token = (await Backend.PostAsync("/v1/users/ann/tokens", new { })).Expect(HttpStatusCode.Created)["token"].GetString()!;
        var ann = Anyone.With("Authorization", $"Bearer {token}");
        (await ann.GetAsync("/v1/audit-log")).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");

        // What one may not in a conversation is no matter of administration, nor what does not exist.
        (await ann.GetAsync("/v1/conversations/nobodys")).ExpectProblem(HttpStatusCode.NotFound, "conversation_not_found");
        (await Backend.PutAsync("/v1/moderation/bans/nobody", new { reason = "spam" })).ExpectProblem(HttpStatusCode.NotFound, "user_not_found");

        var found = await ListAsync("access.refused", 3);
        Assert.Equal(
            [($"key:{id}", "BanUser", "insufficient_scope"), ($"key:{id}", "GetTenant", "tenant_not_found"), ("user:ann", "ListAuditLog", "not_allowed")],
            found.Select(entry => (Text(entry, "actor")!, entry.GetProperty("target").GetProperty("operation").GetString()!, Text(entry, "reason")!)));
        Assert.Equal("moderation:write", found[0].GetProperty("target").GetProperty("scope").GetString());
        Assert.All(found, entry => Assert.Equal(From, Text(entry, "ipAddress")));
    }

    /// <summary>The oldest first.</summary>
    private async Task<IReadOnlyList<JsonElement>> ListAsync(string action, int count)
    {
        IReadOnlyList<JsonElement> found = [];
        await Eventually.HoldsAsync(async () => (found = (await Backend.GetAsync($"/v1/audit-log?action={action}")).Expect(HttpStatusCode.OK).Items).Count >= count ? null : $"{found.Count} of {count} records", Cancelled);
        Assert.Equal(count, found.Count);
        return [.. found.Reverse()];
    }

    private static string? Text(JsonElement entry, string name) => entry.GetProperty(name).GetString();
}
