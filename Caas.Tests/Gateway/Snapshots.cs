using System.Runtime.CompilerServices;
using Xunit;

namespace Caas.Tests.Gateway;

/// <summary>Files of the repository that must say what the code does.</summary>
internal static class Snapshots
{
    /// <summary>The root of the repository.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(Here(), "..", ".."));

    /// <summary>Compares with a committed file; with <c>CAAS_UPDATE_SNAPSHOTS=1</c> it is written instead.</summary>
    public static async Task MatchAsync(string path, string actual)
    {
        var file = Path.Combine(Root, path);
        if (Environment.GetEnvironmentVariable("CAAS_UPDATE_SNAPSHOTS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, actual, TestContext.Current.CancellationToken);
            return;
        }

        var expected = File.Exists(file) ? (await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken)).ReplaceLineEndings("\n") : "";
        Assert.True(expected == actual, $"{path} does not say what the code does: {Difference(expected, actual)} Run the tests with CAAS_UPDATE_SNAPSHOTS=1 and commit the file.");
    }

    private static string Difference(string expected, string actual)
    {
        var (left, right) = (expected.Split('\n'), actual.Split('\n'));
        var line = left.Zip(right).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"line {line + 1} is '{left.ElementAtOrDefault(line)?.Trim()}' and should be '{right.ElementAtOrDefault(line)?.Trim()}'.";
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
