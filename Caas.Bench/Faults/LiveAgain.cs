using System.Diagnostics;
using System.Globalization;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>Whether live delivery came back after an outage: at each receiving replica, in each conversation, and to stay.</summary>
/// <remarks>
/// A replica that is not live is fed from the store: everything comes, a few tenths of a second later. Half of all crossings go to each of two replicas, so figures over both tell by chance alone whether one of them
/// is such a one.
/// </remarks>
internal static class LiveAgain
{
    /// <summary>Of what was due in half a second, so much may be slower than near: the machine has others to serve.</summary>
    private const double Percentile = 0.9;

    /// <summary>The share of half seconds, from the first good ones on, that may be slow for the same reason.</summary>
    private const double MostSlow = 0.1;

    /// <summary>Below this a time is as good as any.</summary>
    private const double AnywayMilliseconds = 100;

    /// <summary>How much slower than before is still near to it.</summary>
    private const double Near = 3;

    /// <summary>So many messages must have been due in half a second, or have come to a conversation at a replica, to say something of it.</summary>
    private const int Few = 5;

    /// <summary>How long after the limit there must be something to look at.</summary>
    private static readonly TimeSpan Looks = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Within = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Bucket = TimeSpan.FromSeconds(0.5);

    /// <param name="began">When the load did, in stopwatch ticks.</param>
    /// <param name="down">When the outage began, and when it was over.</param>
    /// <param name="handled">Every delivery; those inside a replica are not looked at.</param>
    public static (IReadOnlyList<Figure> Figures, IReadOnlyList<Finding> Findings) Judge(LoadPlan plan, long began, IReadOnlyList<Uri> replicas, long down, long up, IEnumerable<Handling> handled)
    {
        var crossings = handled.Where(one => one is { Across: true, IsPlanned: true }).ToLookup(one => one.On);
        var (figures, findings) = (new List<Figure>(), new List<Finding>());
        var counted = began + Measurements.TicksOf(plan.Shape.Warmup);
        for (var i = 0; i < replicas.Count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"replica {i + 1}");
            var there = crossings[replicas[i]].ToArray();
            var near = Math.Max(Milliseconds(AnywayMilliseconds), Near * At(there.Where(one => one.Due >= counted && one.Due < down && one.Due + one.Took < down)));
            var meanwhile = At(there.Where(one => one.Due >= down + Measurements.TicksOf(Bucket) && one.Due < up - Measurements.TicksOf(Bucket)));
            var slow = Slow(plan, began, up, near, there);
            var after = FirstGood(slow);
            figures.Add(new($"{name}: delivery to it p90 meanwhile (from the store)", Text(meanwhile), "ms"));
            figures.Add(new($"{name}: as fast as before is, p90", Text(near), "ms"));
            if (after is { } good)
            {
                figures.Add(new($"{name}: live again after", good * Bucket.TotalSeconds, "s"));
            }

            findings.AddRange(Of(name, slow, after, near, meanwhile));
            findings.Add(Conversations(name, near, meanwhile, there.Where(one => one.Due >= up + Measurements.TicksOf(Within))));
        }

        return (figures, findings);
    }

    /// <summary>For each half second after the outage in which enough was due: whether what came to the replica was slow, or nothing came.</summary>
    private static bool[] Slow(LoadPlan plan, long began, long up, double near, Handling[] there)
    {
        var since = Stopwatch.GetElapsedTime(began, up);
        var end = plan.Shape.Warmup + plan.Shape.Duration;
        var came = there.Where(one => one.Due >= up).ToLookup(one => (one.Due - up) / Measurements.TicksOf(Bucket));
        return
        [
            .. Enumerable.Range(0, Math.Max(0, (int)((end - since) / Bucket)))
                .Where(bucket => plan.CountBetween(since + (bucket * Bucket), since + ((bucket + 1) * Bucket)) >= Few)
                .Select(bucket => !came[bucket].Any() || At(came[bucket]) > near),
        ];
    }

    /// <summary>The first of which two in a row are well: after it there may be a slow one now and then.</summary>
    private static int? FirstGood(bool[] slow)
    {
        for (var i = 0; i < slow.Length - 1; i++)
        {
            if (!slow[i] && !slow[i + 1])
            {
                return i;
            }
        }

        return null;
    }

    private static IEnumerable<Finding> Of(string name, bool[] slow, int? after, double near, double meanwhile)
    {
        var promise = $"{name}: live delivery is back within {Within.TotalSeconds} s of Redis, and stays";
        if (slow.Length * Bucket < Within + Looks)
        {
            return [Finding.NotJudged(promise, string.Create(CultureInfo.InvariantCulture, $"{slow.Length} half seconds in which enough was due came after it. Take a longer --duration or a higher --rate"))];
        }

        var rest = slow[(after ?? 0)..];
        var (bad, most) = (rest.Count(isSlow => isSlow), (int)Math.Ceiling(rest.Length * MostSlow));
        var text = after is { } good
            ? string.Create(CultureInfo.InvariantCulture, $"{promise}: {good * Bucket.TotalSeconds:0.0} s; of {rest.Length} half seconds from then on {bad} were slow (p90 above {Text(near):0} ms; at most {most}){(rest[^1] && rest[^2] ? ", the last two of them" : "")}")
            : $"{promise}: it was never as fast again as before";
        var holds = after * Bucket <= Within && bad <= most && !(rest[^1] && rest[^2]);
        return holds && meanwhile <= near
            ? [Finding.NotJudged(promise, string.Create(CultureInfo.InvariantCulture, $"without Redis deliveries took {Text(meanwhile):0} ms (p90), which is as near to {Text(near):0} ms as with it: the machine is too busy to tell them apart"))]
            : [new(text, holds)];
    }

    /// <summary>Each conversation has a channel of its own, which the replica has to find again.</summary>
    private static Finding Conversations(string name, double near, double meanwhile, IEnumerable<Handling> there)
    {
        var rooms = there.GroupBy(one => (one.By.Tenant, one.By.Conversation)).Where(room => room.Count() >= Few).ToArray();
        var slow = rooms.Where(room => At(room, 0.5) > near).Select(room => $"{room.Key.Tenant}/{room.Key.Conversation}").Order(StringComparer.Ordinal).ToArray();
        var promise = $"{name}: every conversation is live again from then on";
        if (rooms.Length == 0 || (slow.Length == 0 && meanwhile <= near))
        {
            return Finding.NotJudged(promise, rooms.Length == 0 ? "too few messages came to it. Take a longer --duration or a higher --rate" : "the machine is too busy to tell, as above");
        }

        var text = $"{promise}: {rooms.Length - slow.Length} of {rooms.Length}{(slow.Length == 0 ? "" : $"; not {string.Join(", ", slow.Take(3))}")}";
        return new(text, slow.Length == 0);
    }

    /// <returns>Stopwatch ticks; 0: nothing came.</returns>
    private static double At(IEnumerable<Handling> deliveries, double percentile = Percentile)
    {
        var took = deliveries.Select(one => one.Took).Order().ToArray();
        return took.Length == 0 ? 0 : took[Math.Min(took.Length - 1, (int)(took.Length * percentile))];
    }

    private static double Milliseconds(double milliseconds) => milliseconds * Stopwatch.Frequency / 1_000;

    private static double Text(double ticks) => ticks * 1_000 / Stopwatch.Frequency;
}
