using Caas.Bench.League;
using Xunit;

namespace Caas.Tests.Bench.League;

/// <summary>The highest rate is found from its ends.</summary>
public sealed class RateSearchTests
{
    [Theory]
    [InlineData(100)]
    [InlineData(1_234)]
    [InlineData(5_000)]
    [InlineData(700_000)]
    [InlineData(40)]
    public void The_highest_rate_that_holds_is_found_within_a_tenth(double limit)
    {
        var search = new RateSearch(100, within: 1.1);
        var tries = Run(search, limit);
        Assert.InRange(search.Highest, limit / 1.1, limit);
        Assert.InRange(tries, 3, 20);
    }

    [Fact]
    public void No_higher_rate_is_tried_than_asked_for()
    {
        var search = new RateSearch(100, within: 1.1, most: 300);
        Run(search, limit: 1_000);
        Assert.Equal(300, search.Highest);
    }

    [Fact]
    public void Where_nothing_holds_it_ends_without_a_rate()
    {
        var search = new RateSearch(100, within: 1.1);
        Assert.InRange(Run(search, limit: 0), 2, 10);
        Assert.Equal(0, search.Highest);
    }

    private static int Run(RateSearch search, double limit)
    {
        var tries = 0;
        for (; !search.Done && tries < 100; tries++)
        {
            search.Tried(search.Next <= limit);
        }

        Assert.True(search.Done);
        return tries;
    }
}
