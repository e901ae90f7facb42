using Caas.Adapters.Push;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Push;

public sealed class TokenCacheTests
{
    private readonly FakeTimeProvider _clock = new(PushSamples.At);
    private int _made;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_that_takes_long_to_be_had_keeps_no_other_account_waiting()
    {
        using var cache = new TokenCache(_clock);
        var slow = new TaskCompletionSource<(string, TimeSpan)>();
        var first = cache.GetAsync("acme", "key", _ => slow.Task, Cancelled);
        var second = cache.GetAsync("acme", "key", _ => MakeAsync(), Cancelled);
        Assert.Equal("token 1", await cache.GetAsync("globex", "key", _ => MakeAsync(), Cancelled).WaitAsync(TimeSpan.FromSeconds(10), Cancelled));
        Assert.Equal("token 2", await cache.GetAsync("acme", "another key", _ => MakeAsync(), Cancelled).WaitAsync(TimeSpan.FromSeconds(10), Cancelled));
        slow.SetResult(("late", TimeSpan.FromHours(1)));
        Assert.Equal(["late", "late"], await Task.WhenAll(first, second));
    }

    [Fact]
    public async Task A_refusal_is_remembered_for_a_minute_and_one_that_may_pass_for_seconds()
    {
        using var cache = new TokenCache(_clock);
        Task<string> GetAsync(bool permanent) => cache.GetAsync("acme", $"{permanent}", _ => Task.FromException<(string, TimeSpan)>(new TokenRefusedException($"refused {++_made}", permanent)), Cancelled);
        for (var n = 0; n < 3; n++)
        {
            Assert.Equal("refused 1", (await Assert.ThrowsAsync<TokenRefusedException>(() => GetAsync(permanent: true))).Message);
            _clock.Advance(TimeSpan.FromSeconds(19));
        }

        _clock.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal("refused 2", (await Assert.ThrowsAsync<TokenRefusedException>(() => GetAsync(permanent: true))).Message);
        Assert.Equal("refused 3", (await Assert.ThrowsAsync<TokenRefusedException>(() => GetAsync(permanent: false))).Message);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.False((await Assert.ThrowsAsync<TokenRefusedException>(() => GetAsync(permanent: false))).IsPermanent);
        Assert.Equal(4, _made);
    }

    [Fact]
    public async Task However_many_keys_one_has_nobody_else_loses_a_token()
    {
        using var cache = new TokenCache(_clock);
        await cache.GetAsync("globex", "key", _ => MakeAsync(), Cancelled);
        for (var n = 0; n < 1_000; n++)
        {
            await cache.GetAsync("acme", $"https://{n}.example.com", _ => MakeAsync(), Cancelled);
        }

        Assert.Equal("token 1", await cache.GetAsync("globex", "key", _ => MakeAsync(), Cancelled));
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal("token 1002", await cache.GetAsync("globex", "key", _ => MakeAsync(), Cancelled));
        cache.Forget("globex", "key");
        Assert.Equal("token 1003", await cache.GetAsync("globex", "key", _ => MakeAsync(), Cancelled));
    }

    private Task<(string Token, TimeSpan Lifetime)> MakeAsync() => Task.FromResult(($"token {++_made}", TimeSpan.FromHours(1)));
}
