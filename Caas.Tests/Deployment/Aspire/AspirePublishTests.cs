using System.Diagnostics;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Deployment.Aspire;

/// <summary>The committed <c>docker-compose.yml</c> is what publishing the model writes. Needs Aspire's packages, and neither containers nor an orchestrator.</summary>
public sealed class AspirePublishTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Writes the committed file anew with <c>CAAS_UPDATE_SNAPSHOTS=1</c>, as all snapshots.</summary>
    [Fact]
    public async Task Publishing_writes_the_committed_file()
    {
        using var folder = new TempFolder();
        var said = await PublishAsync(folder.Path);
        var path = Path.Combine(folder.Path, "docker-compose.yml");

        // The exit code says nothing: a step that throws still ends with 0.
        Assert.True(File.Exists(path), said);
        var published = await File.ReadAllTextAsync(path, Cancelled);
        if (Environment.GetEnvironmentVariable("CAAS_UPDATE_SNAPSHOTS") is "1")
        {
            await File.WriteAllTextAsync(Scripts.InRepository("docker-compose.yml"), published, Cancelled);
        }

        Assert.Equal(published, ComposeFile.Committed.Text.ReplaceLineEndings("\n"), ignoreLineEndingDifferences: true);
        Assert.Equal(published, await File.ReadAllTextAsync(Path.ChangeExtension(path, ".yaml"), Cancelled));

        // Names only, never a secret; the values that are there stay when it is published again.
        Assert.All(File.ReadLines(Path.Combine(folder.Path, ".env")).Where(line => line.Length > 0 && line[0] != '#'), line => Assert.EndsWith("=", line, StringComparison.Ordinal));
    }

    private static async Task<string> PublishAsync(string folder)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var start = new ProcessStartInfo(Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal) ? Environment.ProcessPath! : "dotnet")
        {
            ArgumentList = { "exec", Scripts.InRepository($"Caas.AppHost/bin/{configuration}/net10.0/Caas.AppHost.dll"), "--operation", "publish", "--step", "publish", "--output-path", folder },
            WorkingDirectory = Scripts.InRepository("Caas.AppHost"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Cancelled);
        var errors = process.StandardError.ReadToEndAsync(Cancelled);
        await process.WaitForExitAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(120), Cancelled);
        return await output + await errors;
    }
}
