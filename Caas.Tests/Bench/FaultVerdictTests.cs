using Caas.Bench.Checking;
using Caas.Bench.Commands;
using Caas.Bench.Faults;
using Caas.Bench.Reports;
using Spectre.Console;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>What a fault says of its run: the full forms are judged strictly, and a run too short for a verdict gets none.</summary>
public sealed class FaultVerdictTests
{
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(20, 22, true)]
    [InlineData(20, 29, true)]
    [InlineData(20, 60, false)]
    [InlineData(20, null, false)]
    [InlineData(null, 5, false)]
    public void In_the_full_form_sends_without_Kafka_are_as_fast_as_before_or_it_is_broken(int? before, int? during, bool holds)
    {
        var plan = MadeUp.PlanOf(new KafkaOutage());
        var down = (plan.Shape.Warmup + plan.Shape.Duration) * 0.2;
        Assert.Equal(holds, KafkaOutage.Unnoticed(plan, down, down + Outage, MadeUp.Times(1_000, before), MadeUp.Times(6_000, during)).Holds);
    }

    [Theory]
    [InlineData("--duration 10")]
    [InlineData("--duration 20 --rate 1")]
    public void A_warm_up_that_swallows_the_part_before_leaves_nothing_to_compare_with_Kafka_s_outage(string arguments)
    {
        var plan = MadeUp.PlanOf(new KafkaOutage(), arguments);
        var down = (plan.Shape.Warmup + plan.Shape.Duration) * 0.2;
        MadeUp.IsNotJudged(KafkaOutage.Unnoticed(plan, down, down + (plan.Shape.Duration * 0.6), MadeUp.Times(0, null), MadeUp.Times(600, 5)));
    }

    [Fact]
    public async Task A_report_of_which_nothing_was_judged_is_no_success()
    {
        await using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        var report = new Report { Command = "fault kafka", At = DateTimeOffset.UnixEpoch, Findings = [Finding.NotJudged("Sends do not notice", "too few")] };
        Assert.False(report.Held);
        Assert.Equal(BenchProgram.NotRun, await console.ShowAsync(report, json: null, TestContext.Current.CancellationToken));
        Assert.Equal(BenchProgram.Held, await console.ShowAsync(report with { Findings = [] }, json: null, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_zero_of_nothing_is_no_zero()
    {
        MadeUp.IsNotJudged(Outcome.Judge(new(ViolationKind.Lost, 0, 0, [])));
        Assert.True(Outcome.Judge(new(ViolationKind.Lost, 0, 1, [])).Holds);
        Assert.False(Outcome.Judge(new(ViolationKind.Gap, 1, 0, ["Client 1 never got 2 of 2"])).Holds);
    }

    [Fact]
    public void What_is_not_judged_neither_breaks_a_report_nor_saves_one()
    {
        var report = new Report { Command = "fault kafka", At = DateTimeOffset.UnixEpoch };
        var open = Finding.NotJudged("Sends do not notice", "too few");
        Assert.True((report with { Findings = [open, new("holds", true)] }).Held);
        Assert.False((report with { Findings = [open, new("broken", false)] }).Held);
        Assert.True((report with { Findings = [open, new("broken", false)] }).Broken);
    }
}
