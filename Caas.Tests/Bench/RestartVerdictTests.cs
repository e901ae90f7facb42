using Caas.Bench.Checking;
using Caas.Bench.Crash;
using Caas.Bench.Faults;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>What kills and restarts are said to have done, from measurements made by hand: each that shows a defect has to be found broken.</summary>
public sealed class RestartVerdictTests
{
    private const int Clients = 250;

    private static readonly Reconnects Good = new(Clients, Clients, TimeSpan.FromSeconds(2.6), new(TimeSpan.FromSeconds(1.4), 0.18), new(TimeSpan.FromSeconds(0.9), 0.3));
    private static readonly RollingRestart.Move Moved = new("replica 1", Clients, UnderLoad: true, AllBack: true, TimeSpan.FromSeconds(2), Good);
    private static readonly RollingRestart.GatewayStop Stopped = new(UnderLoad: true, TimeSpan.FromSeconds(1), Volley.Size, 12, 0, Reconnects.None);

    [Theory]
    [InlineData(Clients, Clients, Clients, true)]
    [InlineData(0, 0, 0, false)]
    [InlineData(0, Clients, Clients, true)]
    [InlineData(Clients, Clients - 1, Clients - 1, false)]
    [InlineData(Clients, Clients, Clients - 1, false)]
    public void A_kill_has_to_hit_everybody_who_sits_there_and_all_come_back(int sat, int lost, int back, bool holds) => Assert.Equal(holds, new Kill("kill 1", sat, Good with { Lost = lost, Back = back }).Judge().Holds);

    [Fact]
    public void A_replica_that_is_restarted_as_it_should_be_holds() => Assert.All(RollingRestart.Judge(Moved), finding => Assert.True(finding.Holds, finding.Text));

    [Fact]
    public void They_may_not_leave_all_at_once() => IsBroken(Moved with { Reconnects = Good with { Leaving = new(TimeSpan.FromSeconds(0.2), 0.6) } }, "leave");

    [Fact]
    public void They_may_not_come_back_all_at_once() => IsBroken(Moved with { Reconnects = Good with { Coming = new(TimeSpan.FromSeconds(0.3), 0.55) } }, "come back");

    [Fact]
    public void They_may_not_take_longer_than_the_limit()
    {
        IsBroken(Moved with { Reconnects = Good with { Longest = TimeSpan.FromSeconds(15.1) } }, "within 15 s");
        IsBroken(Moved with { AllBack = false }, "within 15 s");
    }

    [Fact]
    public void They_may_not_stay_away()
    {
        IsBroken(Moved with { Reconnects = Good with { Back = Clients - 1 } }, "came back");
        IsBroken(Moved with { Reconnects = Good with { Lost = Clients - 1, Back = Clients - 1 } }, "came back");
        Assert.Contains(RollingRestart.Judge(Moved with { Sat = 0, Reconnects = Reconnects.None }), finding => finding.Holds is false);
    }

    [Fact]
    public void Of_few_clients_and_of_a_load_that_is_over_nothing_is_said()
    {
        Assert.Contains(RollingRestart.Judge(Moved with { Sat = 99, Reconnects = Good with { Lost = 99, Back = 99 } }), finding => finding.Holds is null);
        Assert.Contains(RollingRestart.Judge(Moved with { UnderLoad = false }), finding => finding.Holds is null);
        Assert.Contains(RollingRestart.Judge(Stopped with { UnderLoad = false }), finding => finding.Holds is null);
    }

    [Fact]
    public void A_gateway_that_is_restarted_owes_every_answer_and_leaves_connections_alone()
    {
        Assert.All(RollingRestart.Judge(Stopped), finding => Assert.True(finding.Holds, finding.Text));
        Assert.Single(RollingRestart.Judge(Stopped with { Answered = Volley.Size - 1 }), finding => finding.Holds is false);
        Assert.Single(RollingRestart.Judge(Stopped with { Reconnects = Good }), finding => finding.Holds is false);
    }

    [Theory]
    [InlineData(2_000, 2_000, 6.2, true)]
    [InlineData(2_000, 2_000, 30.1, false)]
    [InlineData(2_000, 1_999, 6.2, false)]
    [InlineData(1_999, 1_999, 6.2, false)]
    public void Of_a_stampede_all_are_cut_off_and_back_in_thirty_seconds(int lost, int back, double longest, bool holds) =>
        Assert.Equal(holds, Stampede.Judge(2_000, Good with { Lost = lost, Back = back, Longest = TimeSpan.FromSeconds(longest) }).Holds);

    [Theory]
    [InlineData(500, 500, 13.8, true)]
    [InlineData(500, 500, null, false)]
    [InlineData(500, 500, 61.0, false)]
    [InlineData(500, 499, 13.8, false)]
    [InlineData(0, 0, 0.1, false)]
    public void When_the_whole_stack_dies_everybody_notices_and_comes_back(int lost, int back, double? after, bool holds) =>
        Assert.Equal(holds, StackKill.Judge(500, Good with { Lost = lost, Back = back }, after is { } seconds ? TimeSpan.FromSeconds(seconds) : null).Holds);

    [Fact]
    public void Each_kill_of_the_gateway_has_to_break_requests_off()
    {
        Assert.True(GatewayKill.Judge([200, 1, 180]).Holds);
        Assert.False(GatewayKill.Judge([200, 0, 180]).Holds);
        Assert.False(GatewayKill.Judge([200, 200]).Holds);
    }

    [Theory]
    [InlineData(10_000, 10_000, true)]
    [InlineData(10_001, 10_000, false)]
    [InlineData(9_999, 10_000, false)]
    [InlineData(10_000, 9_999, false)]
    public void One_client_id_is_one_row_and_one_place(int rows, int agreeing, bool holds) => Assert.Equal(holds, SameId.Judge(10_000, rows, agreeing).All(finding => finding.Holds is true));

    [Theory]
    [InlineData(new long[] { 2, 3, 4 }, true)]
    [InlineData(new long[] { 2, 3, 2, 3, 4 }, true)]
    [InlineData(new long[] { 2, 4, 3 }, false)]
    [InlineData(new long[] { 2, 4 }, false)]
    [InlineData(new long[] { }, false)]
    public void All_of_a_log_comes_to_Kafka_in_its_order(long[] came, bool holds)
    {
        LogRecord log = new("amber", "room-1", [new(1, null, "$1", null), .. new long[] { 2, 3, 4 }.Select(seq => new EntryRecord(seq, "user-0", $"m-{seq}", "amber"))]);
        Assert.Equal(holds, KafkaOutage.Drained([log], new Dictionary<string, long[]> { ["bench-1-amber/room-1"] = came }).All(finding => finding.Holds is true));
        Assert.Contains(KafkaOutage.Drained([log], new Dictionary<string, long[]>()), finding => finding.Holds is false);
    }

    private static void IsBroken(RollingRestart.Move move, string promise) => Assert.Contains(promise, Assert.Single(RollingRestart.Judge(move), finding => finding.Holds is false).Text, StringComparison.Ordinal);
}
