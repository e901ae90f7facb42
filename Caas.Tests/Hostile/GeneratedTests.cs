using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Caas.Tests.Gateway;
using Xunit;

namespace Caas.Tests.Hostile;

/// <summary>What no hand would write: every field of every request of the OpenAPI document with every wrong value, and cursors of every list with every bit flipped.</summary>
[Collection<HostileCollection>]
public sealed class GeneratedTests(HostileHost host)
{
    /// <summary>Operations that would end what the others work with.</summary>
    private static readonly string[] Destructive = ["Logout", "DeleteTenant", "RevokeTokens", "UpdateTenant", "UpdateOwnTenant", "PutTenantSettings"];

    [Fact]
    public async Task Every_field_of_every_request_takes_every_wrong_value_without_a_fault()
    {
        var document = (await host.Anyone.GetAsync("/openapi/v1.json")).Expect(HttpStatusCode.OK).Json;
        var rival = await WorldAsync();
        var (sent, wrong, refused) = (0, new List<string>(), 0);
        foreach (var (path, method, operation, schema) in Bodies(document))
        {
            var id = operation.GetProperty("operationId").GetString()!;
            var route = path.Replace("{conversationId}", "room", StringComparison.Ordinal).Replace("{messageId}", host.Values["rival-message"], StringComparison.Ordinal).Replace("{userId}", "bob", StringComparison.Ordinal)
                .Replace("{tenantId}", "nobody-at-all", StringComparison.Ordinal);
            var api = path.StartsWith("/v1/tenants", StringComparison.Ordinal) ? new Api(rival.Http, ("Authorization", $"Bearer {HostileHost.AdminKey}")) : rival;
            foreach (var (field, put) in WrongFields.Of(document, schema))
            {
                foreach (var value in Destructive.Contains(id) ? WrongFields.Values.Where(value => value != "null") : WrongFields.Values)
                {
                    var body = put(WrongFields.Sample(document, schema)!, value);
                    await api.SendAsync(new HttpMethod(method.ToUpperInvariant()), route, body);

                    // A second time: what was taken is compared with itself.
                    var answer = await api.SendAsync(new HttpMethod(method.ToUpperInvariant()), route, body);
                    sent++;
                    refused += (int)answer.Status >= 400 ? 1 : 0;
                    if ((int)answer.Status >= 500 || !operation.GetProperty("responses").TryGetProperty(((int)answer.Status).ToString(CultureInfo.InvariantCulture), out _) || RestCorpusTests.Internal.Any(word => answer.Text.Contains(word, StringComparison.Ordinal)))
                    {
                        wrong.Add($"{id} {field} {value}: {(int)answer.Status} {answer.Text}");
                    }
                }
            }
        }

        host.Count("fields, generated", sent);
        host.MustLive();
        Assert.True(wrong.Count == 0, string.Join(Environment.NewLine, wrong));
        Assert.InRange(refused, sent / 2, sent - 1);
    }

    [Fact]
    public async Task A_cursor_with_any_bit_flipped_is_refused_and_so_is_one_of_another_list_or_tenant()
    {
        string[] lists = ["/v1/users?limit=1", "/v1/users?limit=1&query=al", "/v1/conversations?limit=1", "/v1/conversations/room/members?limit=1", "/v1/conversations/second/members?limit=1", "/v1/api-keys?limit=1"];
        var forged = 0;
        foreach (var list in lists)
        {
            var cursor = (await host.Backend.GetAsync(list)).Expect(HttpStatusCode.OK)["next"].GetString() ?? throw new InvalidOperationException($"{list} has one page only.");
            (await host.Backend.GetAsync($"{list}&cursor={cursor}")).Expect(HttpStatusCode.OK);
            (await host.Rival.GetAsync($"{list}&cursor={cursor}")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_cursor");
            foreach (var other in lists.Where(other => other != list))
            {
                (await host.Backend.GetAsync($"{other}&cursor={cursor}")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_cursor");
                forged++;
            }

            var good = Base64Url.DecodeFromChars(cursor);
            for (var bit = 0; bit < good.Length * 8; bit++)
            {
                byte[] flipped = [.. good];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                (await host.Backend.GetAsync($"{list}&cursor={Base64Url.EncodeToString(flipped)}")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_cursor");
                forged++;
            }
        }

        host.Count("cursors, forged", forged);
    }

    /// <summary>A tenant of its own: some of what is generated is right, and is stored.</summary>
    private async Task<Api> WorldAsync()
    {
        var admin = new Api(host.Anyone.Http, ("Authorization", $"Bearer {HostileHost.AdminKey}"));
        (await admin.PostAsync("/v1/tenants", new { id = "generated", name = "generated" })).Expect(HttpStatusCode.Created);
        var key = (await admin.PostAsync("/v1/tenants/generated/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!;
        var api = new Api(host.Anyone.Http, ("X-Api-Key", key));
        (await api.PostAsync("/v1/users/batch", new { users = new[] { new { id = "alice", name = "Alice" }, new { id = "bob", name = "Bob" } } })).Expect(HttpStatusCode.OK);
        (await api.PostAsync("/v1/conversations", new { type = "group", id = "room", memberIds = new[] { "alice", "bob" } })).Expect(HttpStatusCode.Created);
        return api;
    }

    private static IEnumerable<(string Path, string Method, JsonElement Operation, JsonElement Schema)> Bodies(JsonElement document)
    {
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var method in path.Value.EnumerateObject().Where(method => method.Value.ValueKind == JsonValueKind.Object && method.Value.TryGetProperty("requestBody", out _)))
            {
                yield return (path.Name, method.Name, method.Value, method.Value.GetProperty("requestBody").GetProperty("content").GetProperty("application/json").GetProperty("schema"));
            }
        }
    }
}
