using Caas.Bench.Commands;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>The crash run in short, and the proof that its checker notices.</summary>
public sealed class CrashTests
{
    [Fact]
    public async Task Two_replicas_are_killed_under_load_and_nothing_is_lost_doubled_reordered_missing_or_leaked()
    {
        var output = await BenchRuns.HoldsAsync("crash --connections 60 --conversations 6 --rate 30 --duration 20 --kills 2 --seed 4");
        foreach (var promise in (string[])["Every send is acknowledged in the end", "Lost: 0 of", "Duplicate: 0 of", "Reordered: 0 of", "Gap: 0 of", "Leaked: 0 of", "seed 4", "with 95 % confidence", "holds  kill 1, replica 1, cuts off", "holds  kill 2, replica 2, cuts off"])
        {
            Assert.Contains(promise, output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ack-before-write", "BROKEN Lost: ")]
    [InlineData("drop-dedupe", "BROKEN Duplicate: ")]
    [InlineData("forget-order", "BROKEN Reordered: ")]
    public async Task A_service_that_is_broken_on_purpose_is_found_out(string how, string finding)
    {
        var (code, output) = await BenchRuns.RunAsync($"crash --connections 24 --conversations 4 --rate 60 --duration 5 --kills 1 --break {how}");
        Assert.True(code == BenchProgram.Broken, output);
        Assert.Contains(finding, output, StringComparison.Ordinal);
    }
}
