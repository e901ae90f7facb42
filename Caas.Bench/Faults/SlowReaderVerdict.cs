using System.Globalization;
using Caas.Bench.Load;
using Caas.Bench.Reports;

namespace Caas.Bench.Faults;

/// <summary>What a client that stops reading does to the others, and what becomes of it: judged from measurements alone.</summary>
/// <remarks>
/// Those who could suffer are few: the members of its conversation, above all those on its own replica, are one in fifty of all. A p99 over everybody cannot see them, so they are judged by themselves, over every
/// message that came to them.
/// </remarks>
internal static class SlowReaderVerdict
{
    /// <summary>How long a text is with which its conversation is filled.</summary>
    public const int LongText = 9_900;

    /// <summary>How much slower the others may get.</summary>
    private const double MostRatio = 1.2;

    /// <summary>Below this many milliseconds a ratio says more of the machine than of the service.</summary>
    private const double Noise = 2;

    /// <summary>Before the server has to cut a connection off, 4 MiB in its queue and about as much in the system's buffers must be full; half as much again makes it certain.</summary>
    private const double FillsEverything = 12 * 1024 * 1024;

    /// <summary>How often one of those texts comes.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromMilliseconds(25);

    /// <summary>Whether each group of the others is served as fast as before.</summary>
    /// <param name="began">When the load did, in stopwatch ticks.</param>
    /// <param name="stopped">When the reader stopped reading.</param>
    /// <param name="reader">The reader's seat; its replica is <paramref name="replica"/>.</param>
    public static (IReadOnlyList<Figure> Figures, IReadOnlyList<Finding> Findings) Others(LoadPlan plan, long began, long stopped, Seat reader, Uri replica, IEnumerable<Handling> handled)
    {
        var from = began + Measurements.TicksOf(plan.Shape.Warmup);
        var end = from + Measurements.TicksOf(plan.Shape.Duration);
        var (beside, away, others) = (new Group("the members of its conversation on its replica"), new Group("the members of its conversation on the other replica"), new Group("everybody else"));
        foreach (var one in handled.Where(one => one.Due >= from && one.Due < end))
        {
            var group = (one.By.Tenant, one.By.Conversation) != (reader.Tenant, reader.Conversation) ? others : one.On == replica ? beside : away;
            (one.Due < stopped ? group.Before : group.After).Record(one.Took);
        }

        // What was planned says whether there is enough to judge, so that a service that delivers nothing is not let off.
        var left = TimeSpan.FromSeconds((end - stopped) / (double)System.Diagnostics.Stopwatch.Frequency);
        var (toRoom, toOthers) = ((int)(left / Every), plan.CountBetween(plan.Shape.Warmup + plan.Shape.Duration - left, plan.Shape.Warmup + plan.Shape.Duration));
        return (
            [.. new[] { beside, away, others }.SelectMany(group => group.Figures())],
            [Unhurt(beside.Name, toRoom, beside.Before, beside.After), Unhurt(away.Name, toRoom, away.Before, away.After), Unhurt(others.Name, toOthers, others.Before, others.After)]);
    }

    /// <param name="due">How many messages were to be sent to them after the stop.</param>
    public static Finding Unhurt(string who, int due, Latency before, Latency after)
    {
        if (before.Count < Latency.LeastForP99 || due < Latency.LeastForP99)
        {
            return Finding.NotJudged($"For {who} the p99 is at most {Number(MostRatio)} times what it was", $"a p99 takes {Latency.LeastForP99} deliveries; there were {before.Count} between the warm-up and the stop, and {due} sends were due after it. Take a longer --duration or a higher --rate");
        }

        var ratio = after.At(99) / Math.Max(before.At(99), Noise);
        return new(string.Create(CultureInfo.InvariantCulture, $"For {who} the p99 is at most {MostRatio} times what it was: {ratio:0.00}"), after.Count > 0 && ratio <= MostRatio);
    }

    /// <param name="unread">How many long texts were sent since it stopped reading: under load fewer than <see cref="Every"/> says.</param>
    /// <param name="cuts">Connections that the replicas say they cut off.</param>
    /// <param name="ended">Whether its own has ended.</param>
    /// <param name="others">How many others lost theirs meanwhile.</param>
    public static IEnumerable<Finding> CutOff(int unread, double cuts, bool ended, int others)
    {
        var sent = (double)unread * LongText;
        yield return cuts == 0 && sent < FillsEverything
            ? Finding.NotJudged("It is cut off", $"not reached with this load: {Number(sent / 1e6)} MB may all lie in buffers, which takes {Number(FillsEverything / 1e6)} MB. Take a longer --duration")
            : new($"It is cut off: {cuts} connection(s) cut by the replicas", cuts >= 1 && ended);
        yield return new($"Nobody else loses a connection meanwhile: {others}", others == 0 && cuts <= 1);
    }

    /// <param name="owed">What the log has after that.</param>
    public static Finding Resumed(long lastSeq, IReadOnlyList<long> owed, IReadOnlyList<long> resumed) => owed.Count == 0 && resumed.Count == 0
        ? Finding.NotJudged("It resumes with all that it missed, in order", $"it missed nothing after {lastSeq:#,0}")
        : new($"It resumes with all that it missed, in order: {resumed.Count:#,0} of {owed.Count:#,0} entries after {lastSeq:#,0}", resumed.SequenceEqual(owed));

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);

    /// <summary>Some of those who go on reading.</summary>
    private sealed record Group(string Name)
    {
        public Latency Before { get; } = new();

        public Latency After { get; } = new();

        public IEnumerable<Figure> Figures() => [new($"{Name}: delivery p99 while it read", Before.At(99), "ms"), new($"{Name}: … while it did not", After.At(99), "ms"), new($"{Name}: … at most", After.At(100), "ms")];
    }
}
