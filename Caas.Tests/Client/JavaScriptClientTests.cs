using System.Text.RegularExpressions;
using Caas.Tests.Deployment;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>The client for browsers and Node has tests of its own, on this build of the services; here they run among all others.</summary>
public sealed partial class JavaScriptClientTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task It_passes_its_own_tests_and_none_of_them_is_left_out()
    {
        Assert.SkipUnless(
            Scripts.Has("node") && Scripts.Has("npm") && File.Exists(Scripts.InRepository("clients/js/node_modules/typescript/package.json")),
            "The JavaScript client needs node, npm and its packages: run 'npm install' in clients/js.");
        using var scripts = new Scripts { Bound = Bound };
        var environment = new Dictionary<string, string> { ["CAAS_TEST_BUILD"] = AppContext.BaseDirectory, ["DOTNET_NOLOGO"] = "1" };
        var run = await scripts.RunProgramAsync("npm", environment, "test", "--prefix", Scripts.InRepository("clients/js"));
        Assert.True(run.Code == 0, $"Exit code {run.Code}.\n{run.Output}\n{run.Errors}");

        // Each that is written down was run, or says why not: what needs a build of the services has one here.
        var outcomes = Outcome().Matches(run.Output).ToLookup(line => line.Groups["name"].Value.Replace("\\", "", StringComparison.Ordinal), line => line.Groups["skip"].Value);
        var written = Directory.GetFiles(Scripts.InRepository("clients/js/test"), "*.test.mjs").SelectMany(file => Written().Matches(File.ReadAllText(file))).Select(test => test.Groups["name"].Value.Replace("\\", "", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(written);
        Assert.Equal(written.Order(StringComparer.Ordinal), written.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        Assert.All(written, name => Assert.True(outcomes.Contains(name), $"'{name}' was not run.\n{run.Output}"));
        Assert.DoesNotContain("Needs a build of the solution", run.Output, StringComparison.Ordinal);
        foreach (var skipped in written.Where(name => outcomes[name].Any(why => why.Length > 0)))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"Skipped: {skipped} {string.Join(' ', outcomes[skipped])}");
        }

        // Scenarios are what both clients promise: of these none is skipped.
        Assert.All(ReadmeTests.ScenariosOfJavaScript(), name => Assert.Equal([""], outcomes[name]));
    }

    /// <summary>One line per test, those inside others further to the right.</summary>
    [GeneratedRegex(@"^ *ok \d+ - (?<name>.*?)(?<skip> # SKIP.*)?\r?$", RegexOptions.Multiline)]
    private static partial Regex Outcome();

    /// <summary>A test, or one inside another.</summary>
    [GeneratedRegex(@"\btest\('(?<name>(?:[^'\\]|\\.)*)'")]
    private static partial Regex Written();
}
