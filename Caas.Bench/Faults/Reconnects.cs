using System.Diagnostics;
using Caas.Bench.Load;
using Caas.Client;

namespace Caas.Bench.Faults;

/// <summary>How clients came back from a fault.</summary>
/// <param name="Lost">How many lost their connection.</param>
/// <param name="Back">How many of them were connected again.</param>
/// <param name="Longest">Until the last of them was, from the fault; zero: nobody lost it.</param>
/// <param name="Spread">Between the first and the last that reconnected.</param>
/// <param name="Busiest">The share of them that reconnected in the busiest tenth of a second.</param>
internal sealed record Reconnects(int Lost, int Back, TimeSpan Longest, TimeSpan Spread, double Busiest)
{
    private static readonly long Tenth = Stopwatch.Frequency / 10;

    /// <param name="from">When the fault was, and until when to look; in stopwatch ticks.</param>
    public static Reconnects Of(IEnumerable<BenchClient> clients, long from, long until)
    {
        var (lost, back) = (0, new List<long>());
        foreach (var client in clients)
        {
            var states = client.States;
            var gone = states.FirstOrDefault(state => state.State == ConnectionState.Reconnecting && state.At >= from && state.At <= until);
            if (gone.At != 0)
            {
                lost++;
                var again = states.FirstOrDefault(state => state.State == ConnectionState.Connected && state.At >= gone.At);
                if (again.At != 0)
                {
                    back.Add(again.At);
                }
            }
        }

        if (back.Count == 0)
        {
            return new(lost, 0, TimeSpan.Zero, TimeSpan.Zero, 0);
        }

        back.Sort();
        var busiest = back.Select((at, i) => back.Skip(i).TakeWhile(other => other - at <= Tenth).Count()).Max();
        return new(lost, back.Count, Stopwatch.GetElapsedTime(from, back[^1]), Stopwatch.GetElapsedTime(back[0], back[^1]), busiest / (double)back.Count);
    }
}
