using Caas.Bench.Faults;
using Caas.Bench.Load;
using Caas.Bench.Reports;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>Live delivery after Redis was away: a replica, or a conversation, that is fed from the store for ever is found, and not by luck.</summary>
public sealed class LiveAgainTests
{
    private const double FromStore = 400;

    private static readonly LoadPlan Plan = MadeUp.PlanOf(new RedisOutage());
    private static readonly TimeSpan End = Plan.Shape.Warmup + Plan.Shape.Duration;
    private static readonly TimeSpan Down = End * 0.25;
    private static readonly TimeSpan Up = Down + TimeSpan.FromSeconds(31);

    [Theory]
    [InlineData(0.5)]
    [InlineData(4.5)]
    public void Both_replicas_that_are_live_within_five_seconds_hold(double seconds) =>
        Assert.All(Judge((at, _, _) => IsAway(at, seconds) ? FromStore : Usual(at)), finding => Assert.True(finding.Holds, finding.Text));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_replica_that_never_is_live_again_is_broken_and_the_other_holds(int which)
    {
        var findings = Judge((at, _, replica) => IsAway(at, replica == MadeUp.Replicas[which] ? 999 : 0.5) ? FromStore : Usual(at));
        Assert.All(findings, finding => Assert.Equal(!finding.Text.StartsWith($"replica {which + 1}", StringComparison.Ordinal), finding.Holds));
    }

    [Fact]
    public void Later_than_five_seconds_is_broken() => Assert.Contains(Judge((at, _, _) => IsAway(at, 7) ? FromStore : Usual(at)), finding => finding.Holds is false && finding.Text.Contains("7.0 s", StringComparison.Ordinal));

    [Fact]
    public void Who_comes_back_and_goes_again_is_broken() =>
        Assert.Contains(Judge((at, _, replica) => IsAway(at, 0.5) || (replica == MadeUp.Replicas[1] && at > Up + TimeSpan.FromSeconds(10)) ? FromStore : Usual(at)), finding => finding.Holds is false && finding.Text.StartsWith("replica 2: live", StringComparison.Ordinal));

    [Fact]
    public void Who_goes_again_at_the_very_end_is_broken() =>
        Assert.Contains(Judge((at, _, replica) => IsAway(at, 0.5) || (replica == MadeUp.Replicas[0] && at > End - TimeSpan.FromSeconds(2)) ? FromStore : Usual(at)), finding => finding.Holds is false && finding.Text.Contains("the last two", StringComparison.Ordinal));

    [Fact]
    public void A_replica_that_gets_nothing_any_more_is_broken() =>
        Assert.Contains(Judge((at, _, replica) => replica == MadeUp.Replicas[1] && at > Up ? null : IsAway(at, 0.5) ? FromStore : Usual(at)), finding => finding.Holds is false && finding.Text.StartsWith("replica 2", StringComparison.Ordinal));

    [Fact]
    public void One_conversation_of_fifty_that_is_not_found_again_is_broken()
    {
        var broken = Assert.Single(Judge((at, seat, replica) => IsAway(at, 0.5) || (at > Up && seat is { Tenant: "birch", Conversation: "room-7" } && replica == MadeUp.Replicas[0]) ? FromStore : Usual(at)), finding => finding.Holds is false);
        Assert.Contains("not birch/room-7", broken.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_busy_machine_may_be_slow_now_and_then() =>
        Assert.All(Judge((at, _, _) => IsAway(at, 0.5) || (at > Up && (int)((at - Up) / TimeSpan.FromSeconds(0.5)) % 14 == 13) ? FromStore : Usual(at)), finding => Assert.True(finding.Holds, finding.Text));

    [Fact]
    public void Where_it_was_no_slower_without_Redis_there_is_no_verdict() => Assert.All(Judge((at, _, _) => 300 + Usual(at)), finding => Assert.Contains("too busy", MadeUp.IsNotJudged(finding), StringComparison.Ordinal));

    [Fact]
    public void A_slow_warm_up_makes_nothing_near() => Assert.Contains(Judge((at, _, _) => at < Plan.Shape.Warmup ? 900 : IsAway(at, 999) ? FromStore : Usual(at)), finding => finding.Holds is false);

    [Fact]
    public void A_run_that_ends_too_soon_has_no_verdict()
    {
        var plan = MadeUp.PlanOf(new RedisOutage(), "--duration 10");
        var end = plan.Shape.Warmup + plan.Shape.Duration;
        var (down, up) = (end * 0.5, end * 0.75);
        MadeUp.IsNotJudged(LiveAgain.Judge(plan, MadeUp.Began, MadeUp.Replicas, At(down), At(up), MadeUp.Deliveries(plan, (at, _, _) => at > down ? FromStore : Usual(at))).Findings[0]);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(-1, false)]
    public void Every_send_in_the_outage_has_to_be_acknowledged(int more, bool holds) => Assert.Equal(holds, RedisOutage.Acknowledged(Plan, Down, Up, Plan.CountBetween(Down, Up) + more).Holds);

    private static IReadOnlyList<Finding> Judge(Func<TimeSpan, Seat, Uri, double?> took) => LiveAgain.Judge(Plan, MadeUp.Began, MadeUp.Replicas, At(Down), At(Up), MadeUp.Deliveries(Plan, took)).Findings;

    private static long At(TimeSpan time) => MadeUp.Began + MadeUp.Ticks(time);

    private static bool IsAway(TimeSpan at, double secondsMore) => at >= Down && at < Up + TimeSpan.FromSeconds(secondsMore);

    private static double Usual(TimeSpan at) => 5 + (at.Ticks / 7 % 20);
}
