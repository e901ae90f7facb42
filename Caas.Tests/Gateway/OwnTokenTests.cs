using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Caas.Tests.Deployment;
using Xunit;

namespace Caas.Tests.Gateway;

/// <summary>Tokens that a tenant signs itself, as <c>docs/tokens.md</c> tells how.</summary>
[Collection<GatewayCollection>]
public sealed partial class OwnTokenTests(GatewayFixture gateway) : IDisposable
{
    private readonly Scripts _scripts = new();

    public void Dispose() => _scripts.Dispose();

    [Fact]
    public async Task What_the_documentation_says_makes_a_token_that_works()
    {
        Assert.SkipUnless(Scripts.Has("node"), "The documentation's snippet is for node, which is not here.");
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("alice");
        var secret = (await tenant.Backend.PostAsync("/v1/tenant/token-secret")).Expect(HttpStatusCode.Created);
        var page = await File.ReadAllTextAsync(Scripts.InRepository("docs/tokens.md"), TestContext.Current.CancellationToken);
        var snippet = Snippet().Match(page).Groups[1].Value;
        var given = JsonSerializer.Serialize(new { kid = secret["kid"].GetString(), secret = secret["secret"].GetString(), tenantId = tenant.Id, userId = "alice" });
        var run = (await _scripts.RunProgramAsync("node", new Dictionary<string, string> { ["GIVEN"] = given }, "--input-type=module", "-e", $"{snippet}\nconsole.log(userToken(JSON.parse(process.env.GIVEN)));")).Succeeded();

        var group = await tenant.CreateGroupAsync("alice");
        var alice = gateway.Anyone.With("Authorization", $"Bearer {run.Output.Trim()}");
        Assert.Equal("alice", (await alice.PostAsync($"/v1/conversations/{group}/messages", new { text = "by my own token" })).Expect(HttpStatusCode.Created)["senderId"].GetString());
    }

    [Fact]
    public async Task The_OpenApi_document_names_every_claim_that_is_needed()
    {
        var document = (await gateway.Anyone.GetAsync("/openapi/v1.json")).Expect(HttpStatusCode.OK);
        var description = document["paths"].GetProperty("/v1/tenant/token-secret").GetProperty("post").GetProperty("description").GetString()!;
        Assert.All(["`kid`", "`sub`", "`tid`", "`iat`", "`exp`", "`HS256`"], name => Assert.Contains(name, description, StringComparison.Ordinal));
    }

    [GeneratedRegex("```js\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Snippet();
}
