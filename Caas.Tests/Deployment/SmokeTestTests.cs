using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Caas.Client;
using Caas.Tests.Hosts;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>The smoke test of a deployment, against the one that needs no containers.</summary>
public sealed partial class SmokeTestTests : IDisposable
{
    private const string AdminKey = "a-key-for-the-smoke-test-that-is-long-enough";

    private readonly TempFolder _folder = new();
    private readonly Scripts _scripts = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _scripts.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_passes_on_a_deployment_that_works_names_what_does_not_and_leaves_nothing_behind()
    {
        SkipWithoutItsPackages();
        await using var host = HostProcess.Start("Caas.Standalone", new Dictionary<string, string> { ["Caas__AdminKey"] = AdminKey }, "--data", _folder.Path, "--port", "0");
        await host.PrintedAsync("Ready.", Cancelled);
        var gateway = Gateway().Match(host.Output).Groups[1].Value;
        var replicas = Replica().Matches(host.Output).Select(match => match.Groups[1].Value).ToArray();

        var run = (await RunAsync(gateway, string.Join(',', replicas))).Succeeded().Without(AdminKey);
        Assert.Equal(10, Regex.Count(run.Output, "^ok  ", RegexOptions.Multiline));
        Assert.EndsWith("The deployment works.\n", run.Output, StringComparison.Ordinal);
        Assert.Empty(await TenantsAsync(gateway));

        // The second is no replica.
        var broken = await RunAsync(gateway, $"{replicas[0]},{gateway}");
        Assert.Equal(1, broken.Code);
        Assert.Contains("Smoke test failed: \"both users connect", broken.Errors, StringComparison.Ordinal);
        Assert.Empty(await TenantsAsync(gateway));

        (await RunAsync(gateway, string.Join(',', replicas), "another-key-that-is-not-the-admins")).Refused("Smoke test failed: ", "401");
    }

    [Fact]
    public async Task The_sample_of_a_whole_conversation_sees_all_of_it()
    {
        SkipWithoutItsPackages();
        await using var host = HostProcess.Start("Caas.Standalone", new Dictionary<string, string> { ["Caas__AdminKey"] = AdminKey }, "--data", _folder.Path, "--port", "0");
        await host.PrintedAsync("Ready.", Cancelled);
        var gateway = new Uri(Gateway().Match(host.Output).Groups[1].Value);
        var replicas = Replica().Matches(host.Output).Select(match => match.Groups[1].Value).ToArray();
        using var walk = new Walk(gateway, [.. replicas.Select(replica => new Uri(replica))], AdminKey);
        await walk.PrepareAsync();
        using var admin = new CaasRestClient(gateway, CaasCredential.Admin(AdminKey));
        var key = await admin.Tenants.CreateApiKeyAsync("acme", new("sample"), cancellationToken: Cancelled);

        var settings = new Dictionary<string, string> { ["CAAS"] = gateway.AbsoluteUri.TrimEnd('/'), ["REPLICAS"] = string.Join(',', replicas), ["API_KEY"] = key.Key };
        var run = (await _scripts.RunProgramAsync("node", settings, Scripts.InRepository("samples/whole-conversation.mjs"))).Succeeded();
        Assert.Equal(
            [
                "alice is offline", "alice is online", "Alice is typing…", "bob is mentioned: true", "bob has read it: true", "the first message has 1 reply and 1 👍",
                "the poll quotes \"Where?\", Noodles has 1 vote, pinned: true", "bob gets menu.png, 1 × 1", "bob finds it by \"men\"",
            ],
            run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_deployment_that_never_answers_is_one_sentence_in_time()
    {
        SkipWithoutItsPackages();
        (await RunAsync("http://127.0.0.1:9", "http://127.0.0.1:9,http://127.0.0.1:9", seconds: 1)).Refused("not done within 1 s", "http://127.0.0.1:9 does not answer");
        (await RunAsync("http://127.0.0.1:9", "http://127.0.0.1:9")).Refused("REPLICAS");
        (await RunAsync("http://127.0.0.1:9", "", "")).Refused("CAAS_ADMIN_KEY is not set", ".env", "data/admin-key");
    }

    [Theory]
    [InlineData("http://127.0.0.1:2", "http://127.0.0.1:2", "getToken failed: ")]
    [InlineData("http://127.0.0.1:2", "nonsense", "'nonsense' must be an absolute")]
    public async Task The_sample_of_two_replicas_says_what_is_wrong_and_ends(string gateway, string replicas, string told)
    {
        SkipWithoutItsPackages();
        var settings = new Dictionary<string, string> { ["CAAS"] = gateway, ["REPLICAS"] = replicas, ["API_KEY"] = "no-key" };
        var run = await _scripts.RunProgramAsync("node", settings, Scripts.InRepository("samples/two-replicas.mjs"));
        Assert.Equal(1, run.Code);
        Assert.Contains(told, run.Errors, StringComparison.Ordinal);
    }

    private static void SkipWithoutItsPackages() => Assert.SkipUnless(
        Scripts.Has("node") && Directory.Exists(Scripts.InRepository("samples/node_modules/@caas/client")) && File.Exists(Scripts.InRepository("clients/js/dist/index.js")),
        "The smoke test needs node and its packages: run 'npm install' in samples.");

    private static async Task<JsonArray> TenantsAsync(string gateway)
    {
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", AdminKey) } };
        return JsonNode.Parse(await http.GetStringAsync(new Uri($"{gateway}/v1/tenants"), Cancelled))!["items"]!.AsArray();
    }

    private Task<ScriptRun> RunAsync(string gateway, string replicas, string adminKey = AdminKey, int seconds = 50) => _scripts.RunProgramAsync(
        "node",
        new Dictionary<string, string> { ["CAAS"] = gateway, ["REPLICAS"] = replicas, ["CAAS_ADMIN_KEY"] = adminKey, ["SMOKE_TIMEOUT"] = $"{seconds}" },
        Scripts.InRepository("samples/smoke-test.mjs"));

    [GeneratedRegex(@"Gateway\s+(http://localhost:\d+)")]
    private static partial Regex Gateway();

    [GeneratedRegex(@"Replica \d+\s+(http://localhost:\d+)")]
    private static partial Regex Replica();
}
