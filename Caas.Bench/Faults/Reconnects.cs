using System.Diagnostics;
using Caas.Bench.Load;
using Caas.Client;

namespace Caas.Bench.Faults;

/// <summary>How clients came back from a fault.</summary>
/// <param name="Lost">How many lost their connection.</param>
/// <param name="Back">How many of them were connected again.</param>
/// <param name="Longest">Until the last of them was, from the fault; zero: nobody lost it.</param>
/// <param name="Leaving">How those that lost it did so in time: when each began to look for another replica.</param>
/// <param name="Coming">How those that came back did: a replica that has just started may let them wait, and then take many at once.</param>
internal sealed record Reconnects(int Lost, int Back, TimeSpan Longest, Crowd Leaving, Crowd Coming)
{
    /// <summary>Nobody noticed.</summary>
    public static Reconnects None { get; } = new(0, 0, TimeSpan.Zero, Crowd.Of([]), Crowd.Of([]));

    /// <param name="from">When the fault was, and until when to look; in stopwatch ticks.</param>
    public static Reconnects Of(IEnumerable<BenchClient> clients, long from, long until)
    {
        var (lost, back) = (new List<long>(), new List<long>());
        foreach (var client in clients)
        {
            var states = client.States;
            var gone = states.FirstOrDefault(state => state.State == ConnectionState.Reconnecting && state.At >= from && state.At <= until);
            if (gone.At != 0)
            {
                lost.Add(gone.At);
                var again = states.FirstOrDefault(state => state.State == ConnectionState.Connected && state.At >= gone.At);
                if (again.At != 0)
                {
                    back.Add(again.At);
                }
            }
        }

        return new(lost.Count, back.Count, back.Count == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(from, back.Max()), Crowd.Of(lost), Crowd.Of(back));
    }
}

/// <summary>How many do the same thing at about the same time.</summary>
/// <param name="Spread">Between the first and the last.</param>
/// <param name="Busiest">The share of them that did it in the busiest tenth of a second, 0 to 1.</param>
internal sealed record Crowd(TimeSpan Spread, double Busiest)
{
    private static readonly long Tenth = Stopwatch.Frequency / 10;

    /// <param name="times">In stopwatch ticks, in any order.</param>
    public static Crowd Of(IReadOnlyCollection<long> times)
    {
        if (times.Count == 0)
        {
            return new(TimeSpan.Zero, 0);
        }

        var sorted = times.Order().ToArray();
        var (busiest, first) = (0, 0);
        for (var last = 0; last < sorted.Length; last++)
        {
            while (sorted[last] - sorted[first] > Tenth)
            {
                first++;
            }

            busiest = Math.Max(busiest, last - first + 1);
        }

        return new(Stopwatch.GetElapsedTime(sorted[0], sorted[^1]), busiest / (double)sorted.Length);
    }
}
