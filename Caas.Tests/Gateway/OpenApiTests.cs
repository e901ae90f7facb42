using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using Caas.Core.Callers;
using Caas.Core.Refusals;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed class OpenApiTests(GatewayFixture gateway)
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task The_committed_description_is_what_the_gateway_serves()
    {
        var served = (await gateway.Anyone.GetAsync("/openapi/v1.json")).Expect(HttpStatusCode.OK);
        await Snapshots.MatchAsync("docs/api/openapi.v1.json", JsonSerializer.Serialize(served.Json, Readable) + "\n");
    }

    [Fact]
    public async Task Every_operation_has_an_id_a_summary_a_tag_and_its_refusals()
    {
        var document = (await gateway.Anyone.GetAsync("/openapi/v1.json")).Expect(HttpStatusCode.OK).Json;
        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var ids = new List<string>();
        foreach (var (path, method, operation) in Operations(document))
        {
            ids.Add(operation.GetProperty("operationId").GetString()!);
            Assert.NotEmpty(operation.GetProperty("summary").GetString()!);
            Assert.NotEmpty(operation.GetProperty("tags").EnumerateArray());
            if (operation.TryGetProperty("security", out _))
            {
                Assert.All(["401", "403", "429", "503"], status => Assert.True(operation.GetProperty("responses").TryGetProperty(status, out _), $"{method} {path} does not tell of {status}"));
            }

            if (method is "post" or "put" or "patch" && operation.TryGetProperty("requestBody", out _))
            {
                Assert.All(["400", "413", "415"], status => Assert.True(operation.GetProperty("responses").TryGetProperty(status, out _), $"{method} {path} does not tell of {status}"));
            }
        }

        Assert.Equal(ids.Distinct(), ids);
    }

    [Fact]
    public async Task Enums_are_camel_case_words_and_fields_of_a_patch_are_what_they_hold()
    {
        var schemas = (await gateway.Anyone.GetAsync("/openapi/v1.json")).Expect(HttpStatusCode.OK)["components"].GetProperty("schemas");
        Assert.Equal(["direct", "group", "channel"], schemas.GetProperty("ConversationType").GetProperty("enum").EnumerateArray().Select(value => value.GetString()));
        Assert.Equal(["null", "string"], schemas.GetProperty("UpdateUserRequest").GetProperty("properties").GetProperty("name").GetProperty("type").EnumerateArray().Select(type => type.GetString()));
        Assert.DoesNotContain(schemas.EnumerateObject(), schema => schema.Name.Contains("Optional", StringComparison.Ordinal) || schema.Name.Contains("JsonElement", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_scope_is_told()
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Snapshots.Root, "docs", "api-keys.md"), TestContext.Current.CancellationToken);
        Assert.All(Scopes.All, scope => Assert.Contains($"`{scope}`", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_code_stands_in_the_list_of_problems_and_no_other()
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Snapshots.Root, "docs", "problems.md"), TestContext.Current.CancellationToken);
        var listed = text.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToDictionary(cells => cells[1].Trim('`'), cells => cells[2]);
        var known = typeof(Refusal).GetFields().Where(field => field.IsStatic && field.FieldType == typeof(Refusal)).Select(field => (Refusal)field.GetValue(null)!).ToList();
        Assert.Equal(known.Select(refusal => refusal.Code).Order(), listed.Keys.Order());
        Assert.All(known, refusal => Assert.Equal($"{refusal.Status}", listed[refusal.Code]));
    }

    private static IEnumerable<(string Path, string Method, JsonElement Operation)> Operations(JsonElement document) =>
        from path in document.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select (path.Name, operation.Name, operation.Value);
}
