using Caas.Bench.Commands;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>The comparison of a small and a large conversation, with few members: a real process and one report. What it costs is for a machine with nothing else to do.</summary>
public sealed class FanOutTests
{
    [Fact]
    public async Task It_reaches_everybody_and_prints_what_a_delivery_costs_in_both()
    {
        var (code, output) = await BenchRuns.RunAsync("fanout --small 4 --large 12 --rate 240 --seconds 1 --rounds 1 --warmup 0");
        Assert.NotEqual(BenchProgram.NotRun, code);
        Assert.Matches(@"holds +every message reached everybody: [1-9]\d* deliveries; [1-9]\d* deliveries", output);
        Assert.Matches(@"4 who watch, one delivery +[\d,.]+ +µs of a processor", output);
        Assert.Matches(@"12 who watch, one delivery +[\d,.]+ +µs of a processor", output);
        Assert.Matches(@"one delivery, large to small +[\d.]+ +times", output);
    }
}
