using System.Text.Json;
using Caas.Tests.Sqlite;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>A twentieth of what <c>Caas.Bench -- search</c> does by default, beside all other tests: so the median is held to what p95 is on a machine of its own.</summary>
public sealed class SearchBenchTests
{
    [Fact]
    public async Task Searching_50_000_messages_is_fast_whatever_is_searched_and_by_whom()
    {
        using var folder = new TempFolder();
        var file = Path.Combine(folder.Path, "report.json");
        await BenchRuns.HoldsAsync($"search --messages 50000 --calls 5 --most-p95 5000 --seed 1 --json {file}");
        using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
        var medians = report.RootElement.GetProperty("figures").EnumerateArray().Where(figure => figure.GetProperty("name").GetString()!.EndsWith(", p50", StringComparison.Ordinal)).ToList();
        Assert.Equal(39, medians.Count);
        Assert.All(medians, figure => Assert.True(figure.GetProperty("value").GetDouble() <= 50, figure.ToString()));
    }
}
