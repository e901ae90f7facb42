using Caas.Bench.Faults;
using Caas.Bench.Reports;

namespace Caas.Bench.Crash;

/// <summary>One SIGKILL, and whom it hit: the kill of a replica on which nobody sits proves nothing.</summary>
/// <param name="Name">Which one, of what.</param>
/// <param name="Sat">How many clients were connected to it.</param>
internal sealed record Kill(string Name, int Sat, Reconnects Reconnects)
{
    /// <summary>How long to wait for those who were cut off, once the replica is there again.</summary>
    public static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(60);

    public IEnumerable<Figure> Figures() => [new($"{Name}: clients cut off", Reconnects.Lost), new($"{Name}: until the last was back", Reconnects.Longest.TotalSeconds, "s")];

    public Finding Judge() => new(
        $"{Name}, cuts off the clients that it has, and all come back: {Reconnects.Lost:#,0} of {Sat:#,0} cut off, {Reconnects.Back:#,0} back",
        Reconnects.Lost > 0 && Reconnects.Lost >= Sat && Reconnects.Back == Reconnects.Lost);
}
