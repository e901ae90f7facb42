using Caas.Bench.Faults;
using Caas.Bench.Load;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>How the spread of reconnects is told.</summary>
public sealed class CrowdTests
{
    [Fact]
    public void The_busiest_tenth_of_a_second_is_found_wherever_it_is()
    {
        var crowd = Crowd.Of([.. new[] { 900, 0, 500, 510, 520, 590, 601, 1_500 }.Select(ms => Measurements.TicksOf(TimeSpan.FromMilliseconds(ms)))]);
        Assert.Equal(1_500, crowd.Spread.TotalMilliseconds, 3);
        Assert.Equal(4 / 8.0, crowd.Busiest);
    }

    [Fact]
    public void Nobody_is_no_crowd() => Assert.Equal(new Crowd(TimeSpan.Zero, 0), Crowd.Of([]));
}
