using Caas.Core.Caching;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Caching;

public sealed class TimedCacheTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly FakeTimeProvider _clock = new();
    private int _reads;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_value_is_read_once_while_it_is_young()
    {
        var cache = Cache(_ => Task.FromResult<string?>($"read {++_reads}"));
        Assert.Equal("read 1", await cache.GetAsync("a", Cancelled));
        _clock.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal("read 1", await cache.GetAsync("a", Cancelled));
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal("read 2", await cache.GetAsync("a", Cancelled));
        cache.Forget("a");
        Assert.Equal("read 3", await cache.GetAsync("a", Cancelled));
    }

    [Fact]
    public async Task Nothing_and_failures_are_not_kept()
    {
        var cache = Cache(_ => ++_reads switch
        {
            1 => Task.FromResult<string?>(null),
            2 => Task.FromException<string?>(new InvalidOperationException()),
            _ => Task.FromResult<string?>("there"),
        });
        Assert.Null(await cache.GetAsync("a", Cancelled));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await cache.GetAsync("a", Cancelled));
        Assert.Equal("there", await cache.GetAsync("a", Cancelled));
        Assert.Equal(1, cache.Count);
    }

    [Fact]
    public async Task Those_who_ask_at_once_share_a_read_that_one_who_leaves_does_not_end()
    {
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var cache = Cache(_ =>
        {
            _reads++;
            return answer.Task;
        });
        using var leaving = new CancellationTokenSource();
        var leaver = cache.GetAsync("a", leaving.Token).AsTask();
        var stayer = cache.GetAsync("a", Cancelled).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaver.WaitAsync(Patience, Cancelled));
        answer.SetResult("there");
        Assert.Equal("there", await stayer.WaitAsync(Patience, Cancelled));
        Assert.Equal("there", await cache.GetAsync("a", Cancelled));
        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task A_values_age_counts_from_the_start_of_its_read()
    {
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var cache = Cache(_ => ++_reads == 1 ? answer.Task : Task.FromResult<string?>("new"));
        var first = cache.GetAsync("a", Cancelled).AsTask();
        _clock.Advance(TimeSpan.FromSeconds(3));
        answer.SetResult("old");
        Assert.Equal("old", await first.WaitAsync(Patience, Cancelled));
        Assert.Equal("new", await cache.GetAsync("a", Cancelled));
    }

    [Fact]
    public async Task It_holds_a_bounded_number()
    {
        var cache = Cache(key => Task.FromResult<string?>(key), capacity: 10);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal($"{i}", await cache.GetAsync($"{i}", Cancelled));
        }

        Assert.InRange(cache.Count, 1, 10);
    }

    [Fact]
    public async Task What_is_too_old_to_be_given_is_let_go_of_though_nobody_asks()
    {
        var answer = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var cache = Cache(key => key == "slow" ? answer.Task : Task.FromResult<string?>(key));
        await cache.GetAsync("a", Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(2));
        await cache.GetAsync("b", Cancelled);
        var slow = cache.GetAsync("slow", Cancelled).AsTask();
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, cache.Count);

        // One that is still being read stays for those who wait for it.
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(1, cache.Count);
        answer.SetResult("there");
        Assert.Equal("there", await slow.WaitAsync(Patience, Cancelled));
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(0, cache.Count);

        // Begun anew, it ends anew.
        await cache.GetAsync("c", Cancelled);
        _clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(0, cache.Count);
    }

    private TimedCache<string, string> Cache(Func<string, Task<string?>> read, int capacity = 100) => new(read, TimeSpan.FromSeconds(3), capacity, _clock);
}
