using System.CommandLine;
using System.Diagnostics;
using Caas.Bench.Faults;
using Caas.Bench.Load;
using Caas.Bench.Reports;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>Measurements made by hand, as a fault's full form would have them: a judge that lets a broken one pass is worth nothing.</summary>
internal static class MadeUp
{
    /// <summary>When the load began, in stopwatch ticks.</summary>
    public static readonly long Began = Ticks(TimeSpan.FromHours(1));

    public static readonly IReadOnlyList<Uri> Replicas = [new("http://localhost:4001"), new("http://localhost:4002")];

    /// <summary>The load of that fault; without arguments as its full form has it.</summary>
    public static LoadPlan PlanOf(Fault fault, string arguments = "")
    {
        var command = new Command(fault.Name);
        var options = fault.Options;
        options.AddTo(command);
        return LoadPlan.Make(options.Read(command.Parse($"{arguments} --seed 1")));
    }

    /// <param name="milliseconds">Null: nothing was recorded.</param>
    public static Latency Times(int count, int? milliseconds)
    {
        var latency = new Latency();
        for (var i = 0; i < count && milliseconds is { } each; i++)
        {
            latency.Record(each * Stopwatch.Frequency / 1_000);
        }

        return latency;
    }

    public static long Ticks(TimeSpan time) => Measurements.TicksOf(time);

    public static long Milliseconds(double time) => Ticks(TimeSpan.FromMilliseconds(time));

    /// <summary>Every planned message at every member of its conversation.</summary>
    /// <param name="took">How long it was on its way, in milliseconds; null: it never came.</param>
    public static IEnumerable<Handling> Deliveries(LoadPlan plan, Func<TimeSpan, Seat, Uri, double?> took)
    {
        var seats = Enumerable.Range(0, plan.Shape.Connections).Select(client => Seat.Of(plan.Shape, client, Replicas.Count)).ToArray();
        var rooms = seats.ToLookup(seat => (seat.Tenant, seat.Conversation));
        foreach (var send in plan.Sends)
        {
            var sender = seats[send.Client];
            foreach (var seat in rooms[(sender.Tenant, sender.Conversation)])
            {
                if (took(send.At, seat, Replicas[seat.Replica]) is { } time)
                {
                    yield return new(Began + Ticks(send.At), Milliseconds(time), seat, Replicas[seat.Replica], seat.Replica != sender.Replica, IsPlanned: true);
                }
            }
        }
    }

    public static string IsNotJudged(Finding finding)
    {
        Assert.Null(finding.Holds);
        return finding.Text;
    }
}
