using System.Net;
using System.Text.RegularExpressions;
using Xunit;

namespace Caas.Tests.Gateway;

[Collection<GatewayCollection>]
public sealed partial class DocsTests(GatewayFixture gateway)
{
    [Fact]
    public async Task The_page_loads_nothing_from_elsewhere()
    {
        var page = (await gateway.Anyone.GetAsync("/docs/")).Expect(HttpStatusCode.OK);
        Assert.Equal("text/html", page.ContentHeaders.ContentType?.MediaType);
        Assert.DoesNotContain("http://", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page.Text, StringComparison.Ordinal);
        Assert.Contains("\"withDefaultFonts\":false", page.Text, StringComparison.Ordinal);
        Assert.Contains("\"showDeveloperTools\":\"never\"", page.Text, StringComparison.Ordinal);
        Assert.Contains("openapi/v1.json", page.Text, StringComparison.Ordinal);

        var scripts = Scripts().Matches(page.Text).Select(match => match.Groups["source"].Value).ToList();
        Assert.NotEmpty(scripts);
        foreach (var script in scripts)
        {
            var loaded = (await gateway.Anyone.GetAsync($"/docs/{script}")).Expect(HttpStatusCode.OK);
            Assert.Equal("text/javascript", loaded.ContentHeaders.ContentType?.MediaType);
        }
    }

    [Fact]
    public async Task The_page_is_found_without_its_slash() => (await gateway.Anyone.GetAsync("/docs")).Expect(HttpStatusCode.OK);

    [Fact]
    public async Task The_policy_lets_the_pages_own_scripts_run_and_no_others()
    {
        var (one, other) = (await gateway.Anyone.GetAsync("/docs/"), await gateway.Anyone.GetAsync("/docs/"));
        var policy = one.Header("Content-Security-Policy")!;
        var nonce = Nonce().Match(policy).Groups["nonce"].Value;
        Assert.Equal(ScriptTags().Count(one.Text), NonceTags(nonce).Count(one.Text));
        Assert.DoesNotContain(nonce, other.Text, StringComparison.Ordinal);
        Assert.Contains("connect-src 'self'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
    }

    [GeneratedRegex("<script[^>]* src=\"(?<source>[^\"]+)\"")]
    private static partial Regex Scripts();

    [GeneratedRegex("<script")]
    private static partial Regex ScriptTags();

    [GeneratedRegex("'nonce-(?<nonce>[^']+)'")]
    private static partial Regex Nonce();

    private static Regex NonceTags(string nonce) => new($"<script[^>]*nonce=\"{Regex.Escape(nonce)}\"");
}
