using Caas.Contracts;
using Caas.Core.Blocklists;
using Xunit;

namespace Caas.Tests.Blocklists;

/// <summary>What a blocklist finds, and what it leaves alone.</summary>
public sealed class BlocklistMatcherTests
{
    [Theory]
    [InlineData("bad", "this is bad.", "this is ***.")]
    [InlineData("bad", "BAD and Bád", "*** and ***")]
    [InlineData("bad", "badly, a badge", "badly, a badge")]
    [InlineData("very bad", "a very  bad day, very good", "a ****  *** day, very good")]
    [InlineData("straße", "STRASSE", "*******")]
    [InlineData("禁止", "これは禁止です", "これは**です")]
    [InlineData("🙈x", "x", "*")]
    public void Words_are_found_whole_whatever_their_case_and_accents(string word, string text, string masked) => Assert.Equal(masked, Masked(new([word], [], BlocklistAction.Mask), text));

    [Theory]
    [InlineData(@"(?i)call me at \d+", "Call me at 123", "**** ** ** ***")]
    [InlineData("x*", "none here", "none here")]
    [InlineData("a+b", "aab ab b", "*** ** b")]
    public void Patterns_are_found_where_they_match_something(string pattern, string text, string masked) => Assert.Equal(masked, Masked(new([], [pattern], BlocklistAction.Mask), text));

    [Theory]
    [InlineData("(")]
    [InlineData("(?=a)b")]
    [InlineData(@"(a)\1")]
    [InlineData("(?>a)")]
    public void What_needs_backtracking_is_no_pattern(string pattern) => Assert.ThrowsAny<ArgumentException>(() => BlocklistMatcher.Compile(pattern));

    [Fact]
    public void A_pattern_that_would_take_for_ever_elsewhere_takes_linear_time_here()
    {
        var matcher = new BlocklistMatcher(new([], ["(a+)+$", "(a|aa)+b"], BlocklistAction.Refuse));
        var budget = new PatternBudget(TimeProvider.System, TimeSpan.FromMinutes(1));
        Assert.Empty(matcher.Find(new string('a', 9_999) + "!", budget));
        Assert.False(budget.IsExceeded);
    }

    [Fact]
    public void What_was_not_looked_at_in_time_is_told()
    {
        var matcher = new BlocklistMatcher(new(["bad"], ["x"], BlocklistAction.Refuse));
        var budget = new PatternBudget(TimeProvider.System, TimeSpan.Zero);
        Assert.Single(matcher.Find("bad x", budget));
        Assert.True(budget.IsExceeded);
        Assert.True(matcher.IsOf(new(["bad"], ["x"], BlocklistAction.Mask)));
        Assert.False(matcher.IsOf(new(["bad"], ["y"], BlocklistAction.Refuse)));
    }

    [Fact]
    public void What_has_no_letter_or_digit_is_never_found() => Assert.False(BlocklistMatcher.IsFindable("?! …"));

    private static string Masked(Blocklist blocklist, string text) => BlocklistMatcher.Mask(text, new BlocklistMatcher(blocklist).Find(text));
}
