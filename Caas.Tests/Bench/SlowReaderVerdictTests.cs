using Caas.Bench.Faults;
using Caas.Bench.Load;
using Caas.Bench.Reports;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>A client that does not read: the few that it can hurt are seen among the many that it cannot.</summary>
public sealed class SlowReaderVerdictTests
{
    private const string Beside = "For the members of its conversation on its replica";
    private const string Away = "For the members of its conversation on the other replica";
    private const string Others = "For everybody else";

    private static readonly LoadPlan Plan = MadeUp.PlanOf(new SlowReader());
    private static readonly TimeSpan End = Plan.Shape.Warmup + Plan.Shape.Duration;
    private static readonly TimeSpan Stop = End / 2;
    private static readonly int Unread = (int)(Stop / SlowReaderVerdict.Every);

    [Fact]
    public void Who_is_served_as_before_is_unhurt_whatever_the_warm_up_was_like() => Assert.Empty(BrokenOf((at, _, _) => at < Plan.Shape.Warmup ? 900 : Usual(at)));

    [Theory]
    [InlineData(10.6)]
    [InlineData(1)]
    public void A_stall_of_its_neighbours_alone_is_found(double seconds)
    {
        var stalled = TimeSpan.FromSeconds(seconds);
        Assert.Equal([Beside], BrokenOf((at, seat, replica) => IsInRoom(seat) && replica == MadeUp.Replicas[0] ? Stalled(at, stalled) : Usual(at)));
        Assert.Equal([Away], BrokenOf((at, seat, replica) => IsInRoom(seat) && replica == MadeUp.Replicas[1] ? Stalled(at, stalled) : Usual(at)));
    }

    [Fact]
    public void A_stall_of_everybody_is_found_of_everybody() => Assert.Equal([Beside, Away, Others], BrokenOf((at, _, _) => Stalled(at, TimeSpan.FromSeconds(3))));

    [Fact]
    public void Neighbours_who_get_nothing_any_more_are_hurt() => Assert.Equal([Beside], BrokenOf((at, seat, replica) => IsInRoom(seat) && replica == MadeUp.Replicas[0] && at >= Stop ? null : Usual(at)));

    [Theory]
    [InlineData(20, 23, true)]
    [InlineData(20, 25, false)]
    [InlineData(1, 2, true)]
    [InlineData(20, null, false)]
    public void At_most_a_fifth_slower_is_as_fast(int before, int? after, bool holds) =>
        Assert.Equal(holds, SlowReaderVerdict.Unhurt("them", 5_000, MadeUp.Times(9_000, before), MadeUp.Times(9_000, after)).Holds);

    [Fact]
    public void A_few_deliveries_make_no_p99_to_compare()
    {
        MadeUp.IsNotJudged(SlowReaderVerdict.Unhurt("them", 500, MadeUp.Times(99, 1), MadeUp.Times(1_000, 90)));
        MadeUp.IsNotJudged(SlowReaderVerdict.Unhurt("them", 99, MadeUp.Times(1_000, 1), MadeUp.Times(1_000, 90)));
    }

    [Fact]
    public void A_reader_that_was_not_cut_off_is_broken_where_the_buffers_must_have_been_full_and_not_judged_where_not()
    {
        Assert.False(CutOff(cuts: 0, ended: false).Holds);
        Assert.False(CutOff(cuts: 1, ended: false).Holds);
        Assert.True(CutOff(cuts: 1, ended: true).Holds);

        Assert.Contains("not reached with this load", MadeUp.IsNotJudged(SlowReaderVerdict.CutOff(unread: 800, cuts: 0, ended: false, others: 0).First()), StringComparison.Ordinal);
        Assert.True(SlowReaderVerdict.CutOff(unread: 800, cuts: 1, ended: true, others: 0).First().Holds);
    }

    [Theory]
    [InlineData(1, 0, true)]
    [InlineData(1, 1, false)]
    [InlineData(2, 0, false)]
    public void Nobody_else_may_be_cut_off(int cuts, int others, bool holds) =>
        Assert.Equal(holds, SlowReaderVerdict.CutOff(Unread, cuts, ended: true, others).Last().Holds);

    [Fact]
    public void Who_missed_something_resumes_with_exactly_that()
    {
        Assert.True(SlowReaderVerdict.Resumed(7, [8, 9], [8, 9]).Holds);
        Assert.False(SlowReaderVerdict.Resumed(7, [8, 9], [9]).Holds);
        Assert.False(SlowReaderVerdict.Resumed(7, [8, 9], []).Holds);
        Assert.False(SlowReaderVerdict.Resumed(7, [], [8]).Holds);
        MadeUp.IsNotJudged(SlowReaderVerdict.Resumed(7, [], []));
    }

    private static Finding CutOff(int cuts, bool ended) => SlowReaderVerdict.CutOff(Unread, cuts, ended, others: 0).First();

    private static bool IsInRoom(Seat seat) => (seat.Tenant, seat.Conversation) == (SlowReader.ReaderSeat.Tenant, SlowReader.ReaderSeat.Conversation);

    /// <summary>Between 5 and 24 ms, in no order that the plan has.</summary>
    private static double Usual(TimeSpan at) => 5 + (at.Ticks / 7 % 20);

    /// <summary>Nothing comes from the stop on for so long; then all of it.</summary>
    private static double Stalled(TimeSpan at, TimeSpan stall) => at >= Stop && at < Stop + stall ? (Stop + stall - at).TotalMilliseconds + 5 : Usual(at);

    /// <summary>Whom the judge says to be hurt. The talker's messages, forty a second, come to its conversation too.</summary>
    private static List<string> BrokenOf(Func<TimeSpan, Seat, Uri, double?> took)
    {
        var room = Enumerable.Range(0, Plan.Shape.Connections).Select(client => Seat.Of(Plan.Shape, client, MadeUp.Replicas.Count)).Where(IsInRoom).ToArray();
        var talk =
            from number in Enumerable.Range(0, (int)(End / SlowReaderVerdict.Every))
            let at = number * SlowReaderVerdict.Every
            from seat in room
            let time = took(at, seat, MadeUp.Replicas[seat.Replica])
            where time is not null
            select new Handling(MadeUp.Began + MadeUp.Ticks(at), MadeUp.Milliseconds(time.Value), seat, MadeUp.Replicas[seat.Replica], seat.Replica == 0, IsPlanned: false);
        var (_, findings) = SlowReaderVerdict.Others(Plan, MadeUp.Began, MadeUp.Began + MadeUp.Ticks(Stop), SlowReader.ReaderSeat, MadeUp.Replicas[0], MadeUp.Deliveries(Plan, took).Concat(talk));
        Assert.Equal(3, findings.Count);
        return [.. findings.Where(finding => finding.Holds is not true).Select(finding => finding.Text[..finding.Text.IndexOf(" the p99", StringComparison.Ordinal)])];
    }
}
