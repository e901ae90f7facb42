using System.Text.RegularExpressions;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>What <c>docs/deployment.md</c> names is there: files, anchors, variables, metrics, calls of the API.</summary>
public sealed partial class DeploymentGuideTests
{
    private static readonly string Guide = File.ReadAllText(Scripts.InRepository("docs/deployment.md"));

    [Fact]
    public void Its_links_lead_somewhere()
    {
        foreach (var (file, anchor) in Link().Matches(Guide).Select(match => (match.Groups[1].Value, match.Groups[2].Value)))
        {
            var path = Scripts.InRepository(Path.Combine("docs", file.Length == 0 ? "deployment.md" : file));
            Assert.True(File.Exists(path), $"{file} is not there.");
            Assert.True(anchor.Length == 0 || Heading().Matches(File.ReadAllText(path)).Any(heading => Slug(heading.Groups[1].Value) == anchor), $"{file} has no heading #{anchor}.");
        }
    }

    [Fact]
    public void Files_that_it_names_are_there() => Assert.All(
        InRepository().Matches(Guide).Select(match => match.Groups[1].Value),
        path => Assert.True(Path.Exists(Scripts.InRepository(path)), $"{path} is not there."));

    [Fact]
    public void Variables_of_the_table_of_secrets_are_those_of_the_stack()
    {
        var stack = File.ReadLines(Scripts.InRepository(".env.example")).Select(line => line.Split('=')[0]).ToHashSet();
        var named = SecretRow().Matches(Guide).Select(match => match.Groups[1].Value).ToArray();

        Assert.Subset(stack, named.ToHashSet());
        Assert.All(stack.Where(name => name.EndsWith("_PASSWORD", StringComparison.Ordinal) || name is "JWT_SECRET" or "CAAS_ADMIN_KEY"), name => Assert.Contains(name, named));
    }

    /// <summary>As the Prometheus exporter writes them: points become underscores, seconds a suffix, counters end with "total".</summary>
    [Fact]
    public void Metrics_that_it_names_are_measured()
    {
        var measured = Directory.EnumerateFiles(Scripts.InRepository("."), "*Metrics.cs", SearchOption.AllDirectories)
            .SelectMany(file => Instrument().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups["name"].Value.Replace('.', '_')
                + (match.Groups["unit"].Value == "s" ? "_seconds" : "")
                + (match.Groups["kind"].Value is "Counter" or "ObservableCounter" ? "_total" : ""))
            .ToHashSet();

        Assert.NotEmpty(measured);
        Assert.Subset(measured, Metric().Matches(Guide).Select(match => match.Value).ToHashSet());
    }

    [Fact]
    public void Calls_that_it_names_are_in_the_API()
    {
        var api = File.ReadAllText(Scripts.InRepository("docs/api/openapi.v1.json"));
        Assert.All(Call().Matches(Guide).Select(match => match.Groups[1].Value), path => Assert.Contains($"\"{path}\"", api, StringComparison.Ordinal));
    }

    private static string Slug(string heading) => Regex.Replace(heading.Trim().ToLowerInvariant(), "[^a-z0-9 -]", "").Replace(' ', '-');

    [GeneratedRegex(@"\]\((?!http)([^)#]*)(?:#([^)]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex("^#+ (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"`((?:init|samples|docs|Caas\.\w+)(?:/[\w./-]+)?)`")]
    private static partial Regex InRepository();

    [GeneratedRegex(@"^\| `([A-Z][A-Z_]+)`", RegexOptions.Multiline)]
    private static partial Regex SecretRow();

    [GeneratedRegex(@"Create(?<kind>[A-Z]\w*?)(?:<\w+>)?\(\s*""(?<name>[^""]+)"",(?:[^;]*?, )?\s*""(?<unit>s|\{\w+\})""")]
    private static partial Regex Instrument();

    [GeneratedRegex(@"\bcaas_(?!run)[a-z_]*[a-z]")]
    private static partial Regex Metric();

    [GeneratedRegex(@"`(?:GET|POST|PUT|DELETE) (/v1/[^`]+)`")]
    private static partial Regex Call();
}
