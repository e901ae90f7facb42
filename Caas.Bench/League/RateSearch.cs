namespace Caas.Bench.League;

/// <summary>Finds the highest rate that holds: doubles it until one does not, then halves the distance between the two, until they are close.</summary>
/// <param name="first">Where it begins, above 0.</param>
/// <param name="within">How close the ends come, as their ratio: 1.1 is within a tenth.</param>
/// <param name="most">No higher rate is tried.</param>
public sealed class RateSearch(double first, double within, double most = double.PositiveInfinity)
{
    /// <summary>Where not even the first rate holds, it looks below, but not for ever.</summary>
    private const double LowestShare = 1.0 / 16;

    private double _fails = double.PositiveInfinity;

    /// <summary>The highest rate that held; 0 while none did.</summary>
    public double Highest { get; private set; }

    /// <summary>What to try now.</summary>
    public double Next { get; private set; } = Math.Min(first, most);

    public bool Done { get; private set; }

    /// <summary>Takes what became of <see cref="Next"/>.</summary>
    public void Tried(bool held)
    {
        if (held)
        {
            Highest = Next;
        }
        else
        {
            _fails = Next;
        }

        Next = (Highest, _fails) switch
        {
            (_, double.PositiveInfinity) => Math.Min(Highest * 2, most),
            (0, var fails) => fails / 2,
            var (holds, fails) => Math.Sqrt(holds * fails),
        };
        Done = Highest >= most || (Highest == 0 ? Next < first * LowestShare : _fails / Highest <= within);
    }
}
