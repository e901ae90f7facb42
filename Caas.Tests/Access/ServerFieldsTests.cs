using System.Net;
using System.Text.Json;
using Xunit;

namespace Caas.Tests.Access;

/// <summary>Fields that only the server sets, sent by clients all the same: ignored or refused, and nowhere in what is stored.</summary>
[Collection<AccessCollection>]
public sealed class ServerFieldsTests(TwoTenants world)
{
    [Fact]
    public async Task What_a_client_says_of_the_servers_fields_is_nowhere_stored()
    {
        var document = (await world.Anyone.GetAsync("/openapi/v1.json")).Expect(HttpStatusCode.OK).Json;
        var (taken, refused) = (new List<string>(), new List<string>());
        foreach (var row in AccessTable.Rest.Where(row => row.Body is not null && row.Operation is not "RefreshToken"))
        {
            var (method, path, own) = Describe(document, row.Operation);
            path = path.Contains("{webhookId}", StringComparison.Ordinal) ? path.Replace("{webhookId}", await world.WebhookAsync(), StringComparison.Ordinal) : path;
            var room = await world.RoomAsync(both: false);
            var who = row.Rule.May == Kinds.Admin ? Who.PlatformAdmin : row.Rule.Place is Place.Sender ? Who.Sender : row.Rule.NeedsUser ? Who.BackendForMember : Who.Backend;
            var user = "target";
            if (row.Operation == "BanUser")
            {
                // Somebody whom nothing else is about.
                await world.AddUserAsync(TwoTenants.Ours, user = "banned");
            }

            string Fill(string text) => text.Replace("{now}", $"{TimeProvider.System.GetUtcNow():O}", StringComparison.Ordinal)
                .Replace("{conversationId}", room.Conversation, StringComparison.Ordinal).Replace("{messageId}", room.Message, StringComparison.Ordinal).Replace("{userId}", user, StringComparison.Ordinal)
                .Replace("{user}", "target", StringComparison.Ordinal).Replace("{self}", "leaver", StringComparison.Ordinal).Replace("{tenantId}", TwoTenants.Ours, StringComparison.Ordinal).Replace("{name}", "canary-acme", StringComparison.Ordinal);
            var flag = path.Contains("{flagId}", StringComparison.Ordinal) ? await world.AddFlagAsync(both: false) : "";
            var answer = await world.Anyone.SendAsync(new HttpMethod(method), Fill(path).Replace("{flagId}", flag, StringComparison.Ordinal), Poison.Into(Fill(row.Body!), own), await world.HeadersAsync(who, null));
            ((int)answer.Status < 300 ? taken : refused).Add(row.Operation);
            Assert.True((int)answer.Status < 500, answer.Text);
            Assert.DoesNotContain(Poison.Text, answer.Text, StringComparison.Ordinal);
        }

        // Nothing of it makes a call fail: unknown fields are ignored, but where a misspelt one would show what was to be hidden.
        Assert.Equal(["PutTenantSettings", "PutBlocklist", "PutPrivacy", "PutNotificationPreferences", "PutDeliveryAccount", "ReadNotifications", "PutDevice", "PutBeforeSendHook", "CreateWebhook", "UpdateWebhook"], refused);
        Poison.MustNotBeStored(world);
    }

    [Fact]
    public async Task Nobody_makes_themselves_or_others_more_than_they_may()
    {
        var room = await world.RoomAsync(both: false);
        var members = $"/v1/conversations/{room.Conversation}/members";
        async Task RefusedAsync(Who who, HttpMethod method, string path, object body) =>
            (await world.Anyone.SendAsync(method, path, JsonSerializer.Serialize(body), await world.HeadersAsync(who, null))).ExpectProblem(HttpStatusCode.Forbidden, "not_allowed");

        await RefusedAsync(Who.Sender, HttpMethod.Patch, "/v1/users/sender", new { role = "admin" });
        await RefusedAsync(Who.Sender, HttpMethod.Patch, "/v1/users/sender", new { name = "me", role = "user" });
        await RefusedAsync(Who.Owner, HttpMethod.Patch, "/v1/users/owner", new { role = "admin" });
        await RefusedAsync(Who.Moderator, HttpMethod.Post, members, new { userIds = new[] { "stranger" }, role = "owner" });
        await RefusedAsync(Who.Moderator, HttpMethod.Post, members, new { userIds = new[] { "stranger" }, role = "moderator" });
        await RefusedAsync(Who.Moderator, HttpMethod.Patch, $"{members}/moderator", new { role = "owner" });
        await RefusedAsync(Who.Moderator, HttpMethod.Patch, $"{members}/owner", new { role = "reader" });
        await RefusedAsync(Who.Reader, HttpMethod.Patch, $"{members}/reader", new { role = "member" });
        await RefusedAsync(Who.Member, HttpMethod.Delete, $"{members}/owner", new { });
        await RefusedAsync(Who.Moderator, HttpMethod.Delete, $"{members}/owner", new { });
        await RefusedAsync(Who.Reader, HttpMethod.Post, $"/v1/conversations/{room.Conversation}/messages", new { text = "a", role = "owner", senderId = "owner" });

        var roles = (await world.Anyone.GetAsync(members, await world.HeadersAsync(Who.Backend, null))).Expect(HttpStatusCode.OK).Items.ToDictionary(member => member.GetProperty("userId").GetString()!, member => member.GetProperty("role").GetString());
        Assert.Equal(("owner", "moderator", "reader", "member"), (roles["owner"], roles["moderator"], roles["reader"], roles["sender"]));
        Assert.False(roles.ContainsKey("stranger"));
        Assert.Equal("user", (await world.Anyone.GetAsync("/v1/users/sender", await world.HeadersAsync(Who.Backend, null))).Expect(HttpStatusCode.OK)["role"].GetString());

        // A key gives no more than it has itself.
        var narrow = await world.HeadersAsync(Who.KeyWithoutScope, "users:read");
        (await world.Anyone.SendAsync(HttpMethod.Post, "/v1/api-keys", """{"name":"more"}""", narrow)).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await world.Anyone.SendAsync(HttpMethod.Post, "/v1/api-keys", """{"name":"more","scopes":["users:read"]}""", narrow)).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
    }

    private static (string Method, string Path, IReadOnlyCollection<string> Own) Describe(JsonElement document, string operation)
    {
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var method in path.Value.EnumerateObject().Where(method => method.Value.ValueKind == JsonValueKind.Object && method.Value.TryGetProperty("operationId", out var id) && id.GetString() == operation))
            {
                var own = new HashSet<string>(StringComparer.Ordinal);
                Collect(document, method.Value.GetProperty("requestBody"), own);
                return (method.Name.ToUpperInvariant(), path.Name, own);
            }
        }

        throw new ArgumentException($"The document has no {operation}.", nameof(operation));
    }

    private static void Collect(JsonElement document, JsonElement at, HashSet<string> own)
    {
        if (at.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in at.EnumerateArray())
            {
                Collect(document, item, own);
            }
        }

        if (at.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var property in at.EnumerateObject())
        {
            if (property.Name == "$ref")
            {
                Collect(document, document.GetProperty("components").GetProperty("schemas").GetProperty(property.Value.GetString()!.Split('/')[^1]), own);
            }
            else if (property.Name == "properties")
            {
                own.UnionWith(property.Value.EnumerateObject().Select(field => field.Name));
            }

            Collect(document, property.Value, own);
        }
    }
}
