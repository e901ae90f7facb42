using System.Text.RegularExpressions;

namespace Caas.Tests.Deployment;

/// <summary>A Dockerfile as its instructions.</summary>
internal sealed class Dockerfile
{
    private Dockerfile(IReadOnlyList<(string Name, string Text)> instructions) => Instructions = instructions;

    public IReadOnlyList<(string Name, string Text)> Instructions { get; }

    /// <summary>What the image is in the end: behind the last <c>FROM</c>.</summary>
    public IReadOnlyList<(string Name, string Text)> Final => [.. Instructions.Skip(Instructions.Select((line, index) => line.Name == "FROM" ? index : 0).Max())];

    public static Dockerfile Read(string path)
    {
        var lines = File.ReadAllLines(Scripts.InRepository(path)).Where(line => !line.TrimStart().StartsWith('#'));
        var joined = Regex.Replace(string.Join('\n', lines), @"\\\n\s*", " ");
        return new([.. joined.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => (line.Split(' ')[0], line[line.IndexOf(' ')..].Trim()))]);
    }

    public IEnumerable<string> Of(string name) => Of(Instructions, name);

    public IEnumerable<string> InFinal(string name) => Of(Final, name);

    /// <summary>What is copied from the context, up to a line that runs this.</summary>
    public IEnumerable<string> CopiedBefore(string? run) => Instructions
        .TakeWhile(line => run is null || !(line.Name == "RUN" && line.Text.Contains(run, StringComparison.Ordinal)))
        .Where(line => line.Name == "COPY" && !line.Text.StartsWith("--from", StringComparison.Ordinal))
        .SelectMany(line => line.Text.Split(' ').Where(part => !part.StartsWith("--", StringComparison.Ordinal)).SkipLast(1));

    private static IEnumerable<string> Of(IEnumerable<(string Name, string Text)> instructions, string name) => instructions.Where(line => line.Name == name).Select(line => line.Text);
}

/// <summary>What <c>.dockerignore</c> keeps out of the context, by Docker's rules as far as the file uses them: <c>*</c>, <c>**</c>, and whatever lies in what is kept out.</summary>
internal static class DockerIgnore
{
    private static readonly Regex Ignored = new(
        string.Join('|', File.ReadAllLines(Scripts.InRepository(".dockerignore")).Where(line => line.Length > 0 && line[0] != '#').Select(line =>
            $"^{Regex.Escape(line.TrimEnd('/')).Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal)}(/|$)")));

    public static bool Ignores(string path) => Ignored.IsMatch(path);
}
