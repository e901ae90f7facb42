using System.Text.Json;
using Caas.Bench.Commands;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>The command line of the bench, and its report.</summary>
public sealed class BenchCommandTests
{
    [Fact]
    public async Task A_measured_load_is_written_as_json_too()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "chat.json");
        var output = await BenchRuns.HoldsAsync($"chat --connections 8 --conversations 2 --rate 30 --duration 2 --warmup 1 --seed 7 --json {file}");
        Assert.Contains("delivery across replicas p99", output, StringComparison.Ordinal);

        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal(7, report.RootElement.GetProperty("seed").GetInt32());
        Assert.True(report.RootElement.GetProperty("held").GetBoolean());
        var figures = report.RootElement.GetProperty("figures").EnumerateArray().ToDictionary(figure => figure.GetProperty("name").GetString()!, figure => figure.GetProperty("value").GetDouble());
        foreach (var name in (string[])["acknowledgement p50", "acknowledgement p99.9", "delivery across replicas p90", "delivery across replicas max", "delivery in a replica p99", "deliveries", "processor used by the services"])
        {
            Assert.True(figures[name] > 0, name);
        }
    }

    [Theory]
    [InlineData("crash --connections 10 --conversations 50")]
    [InlineData("chat --url http://localhost:1 --admin-key wrong")]
    [InlineData("chat --url nonsense --admin-key wrong")]
    [InlineData("chat --connections 2 --conversations 2 --rate 1 --duration 1 --warmup 0 --seed 2")]
    [InlineData("crash --connections 2 --conversations 2 --rate 1 --duration 1 --seed 2")]
    [InlineData("chat --rate many")]
    [InlineData("crash --break nothing")]
    [InlineData("crash --connections 1")]
    [InlineData("chat --json /nowhere/to/be/found.json")]
    public async Task What_cannot_be_run_is_one_sentence_and_no_verdict(string arguments)
    {
        var (code, output) = await BenchRuns.RunAsync(arguments);
        Assert.Equal(BenchProgram.NotRun, code);
        Assert.DoesNotContain("holds", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_client_id_over_two_replicas_at_once_is_one_row() =>
        await BenchRuns.HoldsAsync("fault same-id --connections 8 --conversations 2 --rate 50 --duration 2");
}
