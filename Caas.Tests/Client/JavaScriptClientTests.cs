using System.Text.RegularExpressions;
using Caas.Tests.Deployment;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>The client for browsers and Node has tests of its own, on this build of the services; here they run among all others.</summary>
public sealed partial class JavaScriptClientTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(4);

    [Fact]
    public async Task It_passes_its_own_tests()
    {
        Assert.SkipUnless(
            Scripts.Has("node") && Scripts.Has("npm") && File.Exists(Scripts.InRepository("clients/js/node_modules/typescript/package.json")),
            "The JavaScript client needs node, npm and its packages: run 'npm install' in clients/js.");
        using var scripts = new Scripts { Bound = Bound };
        var environment = new Dictionary<string, string> { ["CAAS_TEST_BUILD"] = AppContext.BaseDirectory, ["DOTNET_NOLOGO"] = "1" };
        var run = await scripts.RunProgramAsync("npm", environment, "test", "--prefix", Scripts.InRepository("clients/js"));
        Assert.True(run.Code == 0, $"Exit code {run.Code}.\n{run.Output}\n{run.Errors}");

        // All of them, also those that need a build of the services.
        Assert.True(int.Parse(Passed().Match(run.Output).Groups[1].ValueSpan, provider: null) >= 45, run.Output);
        Assert.DoesNotContain("Needs a build of the solution", run.Output, StringComparison.Ordinal);
        foreach (Match skipped in Skipped().Matches(run.Output))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"Skipped: {skipped.Groups[1].Value}");
        }
    }

    [GeneratedRegex(@"^\D* pass (\d+)$", RegexOptions.Multiline)]
    private static partial Regex Passed();

    [GeneratedRegex(@"^\s*ok \d+ - (.* # SKIP.*)$", RegexOptions.Multiline)]
    private static partial Regex Skipped();
}
