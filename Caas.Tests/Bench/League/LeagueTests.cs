using System.Text.Json;
using Caas.Bench.Commands;
using Xunit;

namespace Caas.Tests.Bench.League;

/// <summary>The league with few connections: real processes, both peers, one report.</summary>
public sealed class LeagueTests
{
    [Fact]
    public async Task Both_peers_are_measured_in_one_run()
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory().FullName, "league.json");
        var output = await BenchRuns.HoldsAsync($"league --idle-step 20 --idle 40 --settle 0 --connections 200 --seconds 1 --warmup 0 --most 2000 --json {file}");
        Assert.Contains("of a bare hub's deliveries per second and core", output, StringComparison.Ordinal);

        using var report = JsonDocument.Parse(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        var figures = report.RootElement.GetProperty("figures").EnumerateArray().ToDictionary(figure => figure.GetProperty("name").GetString()!, figure => figure.GetProperty("value").GetDouble());
        foreach (var peer in (string[])["CaaS", "bare SignalR"])
        {
            Assert.Contains($"idle connection, merely connected, {peer}", figures.Keys);
            Assert.Contains($"idle connection, one conversation joined, {peer}", figures.Keys);
            foreach (var room in (int[])[10, 100])
            {
                Assert.True(figures[$"rooms of {room}, {peer}: deliveries per second and server core"] > 0);
                Assert.True(figures[$"rooms of {room}, {peer}: bytes of a delivery"] > 200);
            }
        }

        Assert.Equal(4, report.RootElement.GetProperty("aims").GetArrayLength());
    }

    [Theory]
    [InlineData("league --connections 250")]
    [InlineData("league --idle 1500")]
    [InlineData("league --idle-step 30 --idle 60")]
    public async Task What_fills_no_rooms_is_not_run(string arguments) => Assert.Equal(BenchProgram.NotRun, (await BenchRuns.RunAsync(arguments)).Code);
}
