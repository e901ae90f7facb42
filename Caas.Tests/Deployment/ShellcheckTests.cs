using System.Diagnostics;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>Every shell script of the repository, and what CI runs: it parses, shellcheck finds nothing, its lines end as shells want it.</summary>
public sealed class ShellcheckTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_script_parses_and_ends_its_lines_with_a_line_feed()
    {
        using var scripts = new Scripts();
        var all = await ScriptsAsync();
        Assert.Contains("start.sh", all);
        foreach (var script in all)
        {
            var text = await File.ReadAllTextAsync(Scripts.InRepository(script), Cancelled);
            Assert.DoesNotContain("\r", text, StringComparison.Ordinal);
            (await scripts.RunProgramAsync(text.StartsWith("#!/bin/sh", StringComparison.Ordinal) ? "sh" : "bash", null, "-n", Scripts.InRepository(script))).Succeeded();
        }
    }

    [Fact]
    public async Task Shellcheck_finds_nothing()
    {
        Assert.SkipUnless(Scripts.Has("shellcheck"), "No shellcheck on the PATH: install it (Debian: apt-get install shellcheck) to check the shell scripts.");
        using var scripts = new Scripts();
        var all = await ScriptsAsync();
        var run = await scripts.RunProgramAsync("shellcheck", null, ["-x", "-P", Scripts.InRepository("."), .. all.Select(Scripts.InRepository)]);
        Assert.True(run.Code == 0, run.Output + run.Errors);
    }

    [Fact]
    public async Task What_people_start_may_be_executed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such permission.");
            return;
        }

        foreach (var script in await ScriptsAsync())
        {
            var text = await File.ReadAllTextAsync(Scripts.InRepository(script), Cancelled);
            Assert.Equal(text.StartsWith("#!", StringComparison.Ordinal), File.GetUnixFileMode(Scripts.InRepository(script)).HasFlag(UnixFileMode.UserExecute));
        }
    }

    /// <summary>Of what git knows or would take; without git, of all folders that are not made by a build.</summary>
    private static async Task<IReadOnlyList<string>> ScriptsAsync()
    {
        if (!Scripts.Has("git"))
        {
            return [.. Directory.EnumerateFiles(Scripts.InRepository("."), "*.sh", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(Scripts.InRepository("."), file))
                .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "node_modules")), ".ci/run"];
        }

        using var git = Process.Start(new ProcessStartInfo("git", ["-C", Scripts.InRepository("."), "ls-files", "-co", "--exclude-standard", "--", "*.sh", ".ci/run"]) { RedirectStandardOutput = true })!;
        var files = await git.StandardOutput.ReadToEndAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        await git.WaitForExitAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        return [.. files.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(file => File.Exists(Scripts.InRepository(file)))];
    }
}
