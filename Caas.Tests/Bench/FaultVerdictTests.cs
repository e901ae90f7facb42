using System.CommandLine;
using System.Diagnostics;
using Caas.Bench.Faults;
using Caas.Bench.Load;
using Caas.Bench.Reports;
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
        var plan = PlanOf(new KafkaOutage());
        var down = (plan.Shape.Warmup + plan.Shape.Duration) * 0.2;
        Assert.Equal(holds, KafkaOutage.Unnoticed(plan, down, down + Outage, Of(1_000, before), Of(6_000, during)).Holds);
    }

    [Theory]
    [InlineData("--duration 10")]
    [InlineData("--duration 20 --rate 1")]
    public void A_warm_up_that_swallows_the_part_before_leaves_nothing_to_compare_with_Kafka_s_outage(string arguments)
    {
        var plan = PlanOf(new KafkaOutage(), arguments);
        var down = (plan.Shape.Warmup + plan.Shape.Duration) * 0.2;
        IsNotJudged(KafkaOutage.Unnoticed(plan, down, down + (plan.Shape.Duration * 0.6), Of(0, null), Of(600, 5)));
    }

    [Theory]
    [InlineData(20, 23, true)]
    [InlineData(20, 25, false)]
    [InlineData(1, 2, true)]
    [InlineData(20, null, false)]
    public void In_the_full_form_the_others_stay_as_fast_as_they_were_or_it_is_broken(int before, int? after, bool holds)
    {
        var plan = PlanOf(new SlowReader());
        Assert.Equal(holds, SlowReader.Unhurt(plan, HalfOf(plan.Shape), Of(9_000, before), Of(9_000, after)).Holds);
    }

    [Fact]
    public void A_few_deliveries_make_no_p99_to_compare()
    {
        var plan = PlanOf(new SlowReader(), "--duration 6");
        IsNotJudged(SlowReader.Unhurt(plan, HalfOf(plan.Shape), Of(99, 1), Of(1_000, 90)));
        IsNotJudged(SlowReader.Unhurt(plan, plan.Shape.Warmup + plan.Shape.Duration, Of(1_000, 1), Of(1_000, 90)));
    }

    [Fact]
    public void A_reader_that_was_not_cut_off_is_broken_where_the_buffers_must_have_been_full_and_not_judged_where_not()
    {
        var full = PlanOf(new SlowReader()).Shape;
        Assert.False(SlowReader.CutOff(full, HalfOf(full), cuts: 0, ended: false).Holds);
        Assert.False(SlowReader.CutOff(full, HalfOf(full), cuts: 1, ended: false).Holds);
        Assert.True(SlowReader.CutOff(full, HalfOf(full), cuts: 1, ended: true).Holds);

        var small = PlanOf(new SlowReader(), "--duration 20").Shape;
        Assert.Contains("not reached with this load", IsNotJudged(SlowReader.CutOff(small, HalfOf(small), cuts: 0, ended: false)), StringComparison.Ordinal);
        Assert.True(SlowReader.CutOff(small, HalfOf(small), cuts: 1, ended: true).Holds);
    }

    [Fact]
    public void Who_missed_something_resumes_with_exactly_that()
    {
        Assert.True(SlowReader.Resumed(7, [8, 9], [8, 9]).Holds);
        Assert.False(SlowReader.Resumed(7, [8, 9], [9]).Holds);
        Assert.False(SlowReader.Resumed(7, [8, 9], []).Holds);
        Assert.False(SlowReader.Resumed(7, [], [8]).Holds);
        IsNotJudged(SlowReader.Resumed(7, [], []));
    }

    [Fact]
    public void What_is_not_judged_neither_breaks_a_report_nor_saves_one()
    {
        var report = new Report { Command = "fault kafka", At = DateTimeOffset.UnixEpoch };
        var open = Finding.NotJudged("Sends do not notice", "too few");
        Assert.True((report with { Findings = [open, new("holds", true)] }).Held);
        Assert.False((report with { Findings = [open, new("broken", false)] }).Held);
    }

    private static string IsNotJudged(Finding finding)
    {
        Assert.Null(finding.Holds);
        return finding.Text;
    }

    private static TimeSpan HalfOf(LoadShape shape) => (shape.Warmup + shape.Duration) / 2;

    /// <summary>The load of that fault; without arguments as its full form has it.</summary>
    private static LoadPlan PlanOf(Fault fault, string arguments = "")
    {
        var command = new Command(fault.Name);
        var options = fault.Options;
        options.AddTo(command);
        return LoadPlan.Make(options.Read(command.Parse($"{arguments} --seed 1")));
    }

    /// <param name="milliseconds">Null: nothing was recorded.</param>
    private static Latency Of(int count, int? milliseconds)
    {
        var latency = new Latency();
        for (var i = 0; i < count && milliseconds is { } each; i++)
        {
            latency.Record(each * Stopwatch.Frequency / 1_000);
        }

        return latency;
    }
}
