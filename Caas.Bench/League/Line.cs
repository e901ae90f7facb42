namespace Caas.Bench.League;

/// <summary>A straight line through points, by least squares.</summary>
/// <param name="Slope">How much y grows with each x.</param>
/// <param name="Fit">The share of y's spread that the line explains (R²), 0 to 1; 1 when there is none to explain.</param>
public readonly record struct Line(double Slope, double Fit)
{
    /// <param name="points">At least two, of different x.</param>
    public static Line Through(IReadOnlyList<(double X, double Y)> points)
    {
        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        var across = points.Sum(point => (point.X - x) * (point.X - x));
        var along = points.Sum(point => (point.X - x) * (point.Y - y));
        var spread = points.Sum(point => (point.Y - y) * (point.Y - y));
        return across > 0 ? new(along / across, spread == 0 ? 1 : along * along / (across * spread)) : throw new ArgumentException("A line needs two points of different x.", nameof(points));
    }
}
