using Caas.Bench.Load;
using Caas.Bench.Reports;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>What a load is made of, before anything runs.</summary>
public sealed class LoadPlanTests
{
    private static readonly LoadShape Shape = new() { Rate = 200, Duration = TimeSpan.FromSeconds(60), Warmup = TimeSpan.FromSeconds(5), Bursts = 0.05, Repeats = 0.05, Seed = 42 };

    [Fact]
    public void The_same_seed_plans_the_same_load()
    {
        Assert.Equal(LoadPlan.Make(Shape).Sends, LoadPlan.Make(Shape).Sends);
        Assert.NotEqual(LoadPlan.Make(Shape).Sends, LoadPlan.Make(Shape with { Seed = 43 }).Sends);
    }

    [Theory]
    [InlineData(Arrivals.Poisson)]
    [InlineData(Arrivals.Uniform)]
    public void The_rate_is_the_one_that_was_asked_for(Arrivals arrivals)
    {
        var sends = LoadPlan.Make(Shape with { Arrivals = arrivals }).Sends;
        Assert.InRange(sends.Count, 200 * 65 * 0.95, 200 * 65 * 1.05);
        Assert.Equal(sends.Select(send => send.At).Order(), sends.Select(send => send.At));
        Assert.InRange(sends.Count(send => send.RepeatAfter is not null), sends.Count * 0.04, sends.Count * 0.06);
    }

    [Fact]
    public void Every_kind_of_change_is_planned_and_a_plan_without_them_stays_what_it_was()
    {
        var changes = LoadPlan.Make(Shape with { Changes = 0.5 }).Sends;
        Assert.Equal(Enum.GetValues<Sequel>().Order(), changes.Select(send => send.Sequel).Distinct().Order());
        Assert.InRange(changes.Count(send => send.Sequel != Sequel.None), changes.Count * 0.45, changes.Count * 0.55);
        Assert.All(LoadPlan.Make(Shape).Sends, send => Assert.Equal(Sequel.None, send.Sequel));
    }

    [Fact]
    public void Both_tenants_send_the_same_client_ids()
    {
        foreach (var tenant in LoadPlan.Make(Shape).Sends.GroupBy(send => send.Client % 2))
        {
            Assert.Equal(Enumerable.Range(0, tenant.Count()), tenant.Select(send => send.Number));
        }
    }

    [Fact]
    public void Users_and_conversations_have_the_same_ids_in_both_tenants_and_sit_on_all_replicas()
    {
        var seats = Enumerable.Range(0, Shape.Connections).Select(client => Seat.Of(Shape, client, replicas: 2)).ToArray();
        var (amber, birch) = (seats.Where(seat => seat.Tenant == "amber").ToArray(), seats.Where(seat => seat.Tenant == "birch").ToArray());
        Assert.Equal(amber.Select(seat => (seat.User, seat.Conversation, seat.Replica)), birch.Select(seat => (seat.User, seat.Conversation, seat.Replica)));
        Assert.Equal(25, amber.GroupBy(seat => seat.Conversation).Count());
        Assert.All(amber.GroupBy(seat => seat.Conversation), room => Assert.Equal([0, 1], room.Select(seat => seat.Replica).Distinct().Order()));
    }

    [Fact]
    public void Latency_counts_from_the_planned_time()
    {
        var plan = LoadPlan.Make(Shape with { Warmup = TimeSpan.Zero });
        var measured = new Measurements(plan);
        measured.Begin(1_000);
        var first = plan.Sends[0];
        measured.Sent(0, new("http://one"), measured.DueAt(first) + Measurements.TicksOf(TimeSpan.FromMilliseconds(300)));
        measured.Acknowledged(0, measured.DueAt(first) + Measurements.TicksOf(TimeSpan.FromMilliseconds(350)));
        measured.Delivered(Seat.Of(Shape, first.Client, replicas: 2), Measurements.IdOf(first.Number), new("http://two"), measured.DueAt(first) + Measurements.TicksOf(TimeSpan.FromMilliseconds(400)));
        measured.Delivered(Seat.Of(Shape, first.Client, replicas: 2), Measurements.IdOf(first.Number), new("http://one"), measured.DueAt(first) + Measurements.TicksOf(TimeSpan.FromMilliseconds(380)));
        Assert.Equal([350, 400, 380, 300], new[] { measured.Acknowledgement, measured.AcrossReplicas, measured.Same, measured.Lateness }.Select(latency => Math.Round(latency.At(99))));
        Assert.Equal(2, measured.Deliveries);
        Assert.Equal([true, false], measured.Handled.Select(one => one.Across));
        Assert.All(measured.Handled, one => Assert.Equal((measured.DueAt(first), first.Client, true), (one.Due, one.By.Client, one.IsPlanned)));
    }

    [Fact]
    public void Percentiles_are_those_of_what_was_recorded()
    {
        var latency = new Latency();
        for (var i = 1; i <= 1_000; i++)
        {
            latency.Record(Measurements.TicksOf(TimeSpan.FromMilliseconds(i)));
        }

        Assert.Equal([500, 900, 990, 999, 1_000], latency.Figures("x").Select(figure => Math.Round(figure.Value)));
        Assert.Empty(new Latency().Figures("nothing"));
    }
}
