using System.Buffers.Text;
using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Caas.Tests.Gateway;
using Xunit;

namespace Caas.Tests.Hostile;

/// <summary>What no hand would write: every field of every request of the OpenAPI document with every wrong value, and cursors of every list with every bit flipped.</summary>
[Collection<HostileCollection>]
public sealed class GeneratedTests(HostileHost host)
{
    [Fact]
    public async Task Every_field_of_every_request_takes_wrong_values_without_a_fault()
    {
        var document = (await host.Anyone.GetAsync("/openapi/v1.json")).Expect(HttpStatusCode.OK).Json;
        var good = new GoodRequests(host);
        await good.PrepareAsync();
        var values = WrongFields.Some.Drawn();
        var (sent, wrong) = (0, new List<string>());
        foreach (var (path, method, operation, schema) in Bodies(document))
        {
            var id = operation.GetProperty("operationId").GetString()!;
            var fields = WrongFields.Of(document, schema).ToArray();
            if (fields.Length == 0)
            {
                continue;
            }

            var codes = new HashSet<string>(StringComparer.Ordinal);
            async Task SendAsync(Api api, string route, string body, string what)
            {
                var answer = await api.SendAsync(new HttpMethod(method.ToUpperInvariant()), route, body);
                sent++;
                codes.Add((int)answer.Status < 400 ? "taken" : answer["code"].GetString()!);
                if ((int)answer.Status is >= 500 or 429 || !operation.GetProperty("responses").TryGetProperty(((int)answer.Status).ToString(CultureInfo.InvariantCulture), out _) || RestCorpusTests.Internal.Any(word => answer.Text.Contains(word, StringComparison.Ordinal)))
                {
                    wrong.Add($"{id} {what}: {(int)answer.Status} {answer.Text}");
                }

                if ((int)answer.Status < 400)
                {
                    await good.AfterAsync(id);
                }
            }

            await good.BeforeAsync(id);
            var (caller, to, taken) = good.Of(id, path);
            await SendAsync(caller, to, taken, "as it is right");
            if (!codes.Contains("taken"))
            {
                wrong.Add($"{id} refuses what is right: {string.Join(", ", codes)}; {taken}");
            }

            foreach (var (field, put) in fields)
            {
                foreach (var value in values.For(fields.Length))
                {
                    var body = put(JsonNode.Parse(taken)!, value);
                    await SendAsync(caller, to, body, $"{field} {value}");

                    // A second time: what was taken is compared with itself.
                    await SendAsync(caller, to, body, $"{field} {value} again");
                }
            }

            await good.EndAsync(id);
            if (!codes.Contains("validation_failed"))
            {
                wrong.Add($"{id} found nothing wrong: {string.Join(", ", codes)}");
            }
        }

        host.Count($"fields, generated (seed {values.Seed})", sent);
        host.MustLive();
        Assert.True(wrong.Count == 0, $"Seed {values.Seed}.{Environment.NewLine}{string.Join(Environment.NewLine, wrong)}");
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
