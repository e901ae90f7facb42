using Caas.Bench.Commands;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>The commands that measure, on little: they run to their end and print what they are for. Whether a time is kept is for a machine with nothing else to do.</summary>
public sealed class MeasureTests
{
    [Fact]
    public async Task What_a_message_costs_is_printed_and_every_message_reaches_everybody()
    {
        var output = await BenchRuns.HoldsAsync("cost --room 4 --connections 8 --rate 60 --seconds 1 --rounds 1 --warmup 0");
        Assert.Matches(@"a message, processor time +[1-9][\d,.]* +µs", output);
        Assert.Matches(@"holds +every message reached everybody", output);
    }

    [Fact]
    public async Task The_event_log_is_read_back_whole()
    {
        var (code, output) = await BenchRuns.RunAsync("events --events 2000");
        Assert.NotEqual(BenchProgram.NotRun, code);
        Assert.Matches(@"holds +each position once, in order; 2,000 of 2,000 messages", output);
        Assert.Matches(@"holds +a filter that leaves all out finds nothing and comes to the end", output);
        Assert.Matches(@"events per second +[1-9][\d,.]* +1/s", output);
    }

    [Fact]
    public async Task Every_question_of_a_users_lists_is_timed()
    {
        var (code, output) = await BenchRuns.RunAsync("lists --conversations 100 --calls 20");
        Assert.NotEqual(BenchProgram.NotRun, code);
        foreach (var question in (string[])["the first 50", "the next 50", "what is unread in all", "one mark, durable"])
        {
            Assert.Matches($@"{question}, p95 +\d[\d,.]* +ms", output);
        }
    }
}
