using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Caas.Core.Outbound;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Outbound;

/// <summary>Names that others have chosen, and a resolver that holds a thread for each.</summary>
public sealed class HostNamesTests
{
    private static readonly IPAddress[] Found = [IPAddress.Loopback];

    private readonly FakeTimeProvider _clock = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<IPAddress[]>> _answers = new();
    private readonly ConcurrentQueue<string> _asked = new();
    private readonly HostNames _names;

    public HostNamesTests() => _names = new((host, _) =>
    {
        _asked.Enqueue(host);
        return Answer(host).Task;
    }, _clock);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_name_is_asked_for_once_for_all_who_want_it_and_again_after_seconds()
    {
        var waiting = Enumerable.Range(0, 10).Select(_ => _names.ResolveAsync("a.example", Cancelled)).ToList();
        Answer("a.example").SetResult(Found);
        Assert.All(await Task.WhenAll(waiting), found => Assert.Equal(Found, found));
        _clock.Advance(HostNames.KeepFor - TimeSpan.FromMilliseconds(1));
        await _names.ResolveAsync("A.example", Cancelled);
        Assert.Single(_asked);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        await _names.ResolveAsync("a.example", Cancelled);
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task What_is_not_known_is_asked_for_again_and_who_gives_up_waits_no_longer()
    {
        Answer("none.example").SetException(new SocketException((int)SocketError.HostNotFound));
        for (var n = 1; n <= 2; n++)
        {
            Assert.Equal(OutboundFault.NoAnswer, (await Assert.ThrowsAsync<OutboundException>(() => _names.ResolveAsync("none.example", Cancelled))).Fault);
            Assert.Equal(n, _asked.Count);
        }

        using var stop = new CancellationTokenSource();
        var waiting = _names.ResolveAsync("slow.example", stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task So_many_are_asked_for_at_a_time_and_slow_names_wait_for_one_another_alone()
    {
        var first = Enumerable.Range(0, HostNames.AtOnce).Select(n => _names.ResolveAsync($"slow-{n}.example", Cancelled)).ToList();
        Answer("quick.example").SetResult(Found);
        var quick = _names.ResolveAsync("quick.example", Cancelled);
        Assert.Equal(HostNames.AtOnce, _asked.Count);
        _clock.Advance(HostNames.SlowAfter);
        await quick.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        for (var n = 0; n < HostNames.AtOnce; n++)
        {
            Answer($"slow-{n}.example").SetException(new SocketException((int)SocketError.TryAgain));
        }

        await Task.WhenAll(first).ContinueWith(_ => { }, Cancelled, TaskContinuationOptions.None, TaskScheduler.Default);

        // From now on they are known.
        _answers.Clear();
        _asked.Clear();
        var again = Enumerable.Range(0, HostNames.AtOnce).Select(n => _names.ResolveAsync($"slow-{n}.example", Cancelled)).ToList();
        Assert.Equal(HostNames.SlowAtOnce, _asked.Count);
        Answer("another.example").SetResult(Found);
        await _names.ResolveAsync("another.example", Cancelled).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        for (var n = 0; n < HostNames.AtOnce; n++)
        {
            Answer($"slow-{n}.example").TrySetResult(Found);
        }

        await Task.WhenAll(again).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);

        // They were quick this time.
        _clock.Advance(HostNames.KeepFor);
        _answers.Clear();
        _asked.Clear();
        _ = Enumerable.Range(0, HostNames.AtOnce).Select(n => _names.ResolveAsync($"slow-{n}.example", Cancelled)).ToList();
        Assert.Equal(HostNames.AtOnce, _asked.Count);
    }

    private TaskCompletionSource<IPAddress[]> Answer(string host) => _answers.GetOrAdd(host, _ => new());
}
