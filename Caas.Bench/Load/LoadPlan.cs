using System.Globalization;

namespace Caas.Bench.Load;

/// <summary>One send, planned before the run.</summary>
/// <param name="At">When, from the start of the load.</param>
/// <param name="Client">By whom.</param>
/// <param name="Number">Which one of its tenant's, from 0: the other tenant has the same.</param>
/// <param name="RepeatAfter">How long after its acknowledgement it is sent again; null: it is not.</param>
/// <param name="Sequel">What else comes of it.</param>
public readonly record struct PlannedSend(TimeSpan At, int Client, int Number, TimeSpan? RepeatAfter, Sequel Sequel = Sequel.None);

/// <summary>Every send of a run and its time, made from the seed alone: the platform's speed does not change the load (an open loop).</summary>
public sealed record LoadPlan(LoadShape Shape, IReadOnlyList<PlannedSend> Sends)
{
    private const int BurstLength = 3;

    private static readonly Sequel[] Kinds = [.. Enum.GetValues<Sequel>().Where(kind => kind != Sequel.None)];

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>How many sends are due from one moment of the load until another.</summary>
    public int CountBetween(TimeSpan from, TimeSpan to) => Sends.Count(send => send.At >= from && send.At < to);

    /// <returns>This plan.</returns>
    /// <exception cref="BenchException">It has no send: a run of nothing proves nothing.</exception>
    public LoadPlan RequireSends() => Sends.Count > 0
        ? this
        : throw new BenchException(string.Create(CultureInfo.InvariantCulture, $"With {Shape.Rate} messages a second for {(Shape.Warmup + Shape.Duration).TotalSeconds} s and seed {Shape.Seed} no message is planned: take a longer --duration, a higher --rate or another --seed."));

#pragma warning disable CA5394 // Planned from a seed: it has to be guessable.
    public static LoadPlan Make(LoadShape shape)
    {
        var random = new Random(shape.Seed);
        var end = (shape.Warmup + shape.Duration).TotalSeconds;
        var numbers = new int[LoadShape.Tenants.Count];
        var sends = new List<PlannedSend>((int)(end * shape.Rate) + 16);
        var mean = (1 + ((BurstLength - 1) * shape.Bursts)) / shape.Rate;
        for (var at = NextGap(); at < end; at += NextGap())
        {
            var client = random.Next(shape.Connections);
            for (var left = random.NextDouble() < shape.Bursts ? BurstLength : 1; left > 0; left--)
            {
                TimeSpan? repeat = random.NextDouble() < shape.Repeats ? random.NextDouble() * LongestWait : null;
                var sequel = shape.Changes > 0 && random.NextDouble() < shape.Changes ? Kinds[random.Next(Kinds.Length)] : Sequel.None;
                sends.Add(new(TimeSpan.FromSeconds(at), client, numbers[client % numbers.Length]++, repeat, sequel));
            }
        }

        return new(shape, sends);

        double NextGap() => shape.Arrivals == Arrivals.Poisson ? -Math.Log(1 - random.NextDouble()) * mean : mean;
    }
#pragma warning restore CA5394
}
