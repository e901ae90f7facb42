using System.Globalization;
using System.Text.RegularExpressions;
using Caas.Tests.Gateway;
using Xunit;

namespace Caas.Tests.Hostile;

/// <summary>The size of the corpus, as <c>docs/reliability.md</c> tells it.</summary>
public sealed partial class CorpusTests
{
    private const int Fewest = 200;

    private static readonly Dictionary<string, string> Areas = new()
    {
        ["bodies"] = "bodies",
        ["fields"] = "fields",
        ["HTTP itself"] = "requests",
        ["paths and queries"] = "paths-and-queries",
        ["headers"] = "headers",
        ["cursors"] = "cursors",
        ["idempotency keys"] = "idempotency-keys",
        ["API keys"] = "api-keys",
        ["handshakes"] = "hub-handshakes",
        ["WebSocket frames"] = "hub-frames",
        ["JSON"] = "hub-json",
        ["MessagePack"] = "hub-messagepack",
    };

    [Fact]
    public async Task The_corpus_is_as_large_as_the_docs_say()
    {
        var page = await File.ReadAllLinesAsync(Path.Combine(Snapshots.Root, "docs", "reliability.md"), TestContext.Current.CancellationToken);
        var rows = page.Where(line => line.StartsWith("| REST: ", StringComparison.Ordinal) || line.StartsWith("| Hub: ", StringComparison.Ordinal)).Select(line => line.Trim('|').Split('|')).ToList();
        var told = rows.SelectMany(row => Told().Matches(row[0][(row[0].IndexOf(':', StringComparison.Ordinal) + 1)..])).ToDictionary(area => area.Groups["area"].Value, area => Number(area.Groups["count"].Value));
        Assert.Equal(Areas.ToDictionary(area => area.Key, area => Corpus.Read(area.Value).Count), told);
        Assert.All(rows, row => Assert.Equal(Told().Matches(row[0]).Sum(area => Number(area.Groups["count"].Value)), Number(row[1])));

        var tokens = Corpus.ReadAs<List<TokenCorpusTests.TokenCase>>("tokens").Count;
        var doors = TokenCorpusTests.Doors.Split(", ").Length;
        Assert.Contains(page, line => line.StartsWith($"| Forged tokens: {tokens}, ", StringComparison.Ordinal) && line.EndsWith($"| {tokens * doors} |", StringComparison.Ordinal));
        Assert.True(told.Values.Sum() + tokens >= Fewest);
    }

    private static int Number(string text) => int.Parse(text.Trim(), NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    [GeneratedRegex(@" (?<area>[A-Za-z][A-Za-z ]*) (?<count>\d+)")]
    private static partial Regex Told();
}
