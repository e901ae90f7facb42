using System.Diagnostics;
using Caas.Core.RateLimits;
using Xunit;

namespace Caas.Tests.RateLimits;

/// <summary>What <see cref="IRateLimiter"/> promises. Adapters inherit it.</summary>
public abstract class RateLimiterContract
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>The limiter of one more process over the test's shared counter.</summary>
    protected abstract Task<IRateLimiter> CreateAsync();

    protected abstract Task KillAsync();

    protected abstract Task StartAsync();

    [Fact]
    public async Task A_window_allows_exactly_its_limit_over_all_processes_at_once()
    {
        await StartAsync();
        var limiters = new[] { await CreateAsync(), await CreateAsync(), await CreateAsync() };
        await UntilSharedAsync(limiters);
        var decisions = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => limiters[i % 3].TakeAsync("acme/user:alice", 100, Minute, Cancelled).AsTask()));
        Assert.Equal(100, decisions.Count(decision => decision.Allowed));
        Assert.Equal(Enumerable.Range(0, 100), decisions.Where(decision => decision.Allowed).Select(decision => decision.Remaining).Order());
        Assert.All(decisions, decision => Assert.Equal(100, decision.Limit));
        Assert.All(decisions.Where(decision => !decision.Allowed), decision => Assert.Equal(0, decision.Remaining));
    }

    [Fact]
    public async Task Buckets_do_not_touch_each_other()
    {
        await StartAsync();
        var limiter = await CreateAsync();
        Assert.True((await limiter.TakeAsync("acme/user:alice", 1, Minute, Cancelled)).Allowed);
        Assert.False((await limiter.TakeAsync("acme/user:alice", 1, Minute, Cancelled)).Allowed);
        Assert.True((await limiter.TakeAsync("other/user:alice", 1, Minute, Cancelled)).Allowed);
        Assert.True((await limiter.TakeAsync("acme/user:bob", 1, Minute, Cancelled)).Allowed);
    }

    [Fact]
    public async Task The_answer_tells_when_the_window_ends_and_then_it_allows_again()
    {
        await StartAsync();
        var limiter = await CreateAsync();
        var window = TimeSpan.FromSeconds(1);
        var first = await limiter.TakeAsync("acme/user:alice", 1, window, Cancelled);
        Assert.InRange(first.ResetAfter, TimeSpan.FromTicks(1), window);
        await Eventually.HoldsAsync(async () => (await limiter.TakeAsync("acme/user:alice", 1, window, Cancelled)).Allowed ? null : "the window has not ended", Cancelled);
    }

    [Fact]
    public async Task A_limit_of_nothing_is_a_mistake_of_the_caller()
    {
        await StartAsync();
        var limiter = await CreateAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await limiter.TakeAsync("acme/user:alice", 0, Minute, Cancelled));
    }

    [Fact]
    public async Task What_is_given_back_is_there_again_in_any_process_and_never_more_than_was_taken()
    {
        await StartAsync();
        var (one, other) = (await CreateAsync(), await CreateAsync());
        await UntilSharedAsync(one, other);
        await one.GiveBackAsync("acme/user:carol", Cancelled);
        Assert.Equal(1, (await one.TakeAsync("acme/user:carol", 2, Minute, Cancelled)).Remaining);
        Assert.Equal(0, (await one.TakeAsync("acme/user:carol", 2, Minute, Cancelled)).Remaining);
        await other.GiveBackAsync("acme/user:carol", Cancelled);
        var again = await one.TakeAsync("acme/user:carol", 2, Minute, Cancelled);
        Assert.True(again.Allowed);
        Assert.InRange(again.ResetAfter, TimeSpan.FromTicks(1), Minute);
        Assert.False((await other.TakeAsync("acme/user:carol", 2, Minute, Cancelled)).Allowed);
    }

    [Fact]
    public async Task Without_the_shared_counter_calls_are_counted_locally_without_delay_and_with_it_back_they_are_shared_again()
    {
        await StartAsync();
        var (one, other) = (await CreateAsync(), await CreateAsync());
        Assert.True((await one.TakeAsync("acme/user:alice", 2, Minute, Cancelled)).Allowed);
        await KillAsync();

        var since = Stopwatch.StartNew();
        for (var i = 0; i < 1_000; i++)
        {
            Assert.Equal(i < 2, (await one.TakeAsync("acme/user:bob", 2, Minute, Cancelled)).Allowed);
        }

        // Most of it was never asked of the counter: 1,000 waits would take very much longer.
        Assert.True(since.Elapsed < TimeSpan.FromSeconds(30), $"1,000 calls took {since.Elapsed}.");

        await StartAsync();
        await UntilSharedAsync(one, other);
    }

    /// <summary>Until a call in any process counts in all of them. A cold or slow counter may be passed over at first.</summary>
    private static async Task UntilSharedAsync(params IRateLimiter[] limiters)
    {
        var since = Stopwatch.StartNew();
        for (var i = 0; ; i++)
        {
            // A bucket of its own for each try, so that what was counted locally does not count.
            var remaining = new List<int>();
            foreach (var limiter in limiters)
            {
                remaining.Add((await limiter.TakeAsync($"acme/try:{i}", limiters.Length, Minute, Cancelled)).Remaining);
            }

            if (remaining.SequenceEqual(Enumerable.Range(0, limiters.Length).Reverse()))
            {
                return;
            }

            Assert.True(since.Elapsed < Patience, "Calls were not counted together.");
            await Task.Delay(50, Cancelled);
        }
    }
}
