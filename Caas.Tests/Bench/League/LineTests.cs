using Caas.Bench.League;
using Xunit;

namespace Caas.Tests.Bench.League;

/// <summary>What each further connection costs is the slope of a line.</summary>
public sealed class LineTests
{
    [Fact]
    public void What_was_there_before_does_not_count()
    {
        var line = Line.Through([(1_000, 50e6 + (1_000 * 34e3)), (2_000, 50e6 + (2_000 * 34e3)), (5_000, 50e6 + (5_000 * 34e3))]);
        Assert.Equal(34e3, line.Slope, 6);
        Assert.Equal(1, line.Fit, 6);
    }

    [Fact]
    public void Points_beside_the_line_show_in_its_fit()
    {
        var line = Line.Through([(1, 1), (2, 5), (3, 2), (4, 6)]);
        Assert.Equal(1.2, line.Slope, 6);
        Assert.InRange(line.Fit, 0.4, 0.6);
    }

    [Fact]
    public void What_does_not_grow_costs_nothing() => Assert.Equal(new Line(0, 1), Line.Through([(1, 7), (2, 7)]));

    [Fact]
    public void One_point_is_no_line() => Assert.Throws<ArgumentException>(() => Line.Through([(1, 1), (1, 2)]));
}
