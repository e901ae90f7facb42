using Caas.Core.Entries;
using Caas.Core.Feed;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Feed;

public sealed class HeldLeaseTests
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_renewed_three_times_as_often_as_it_would_run_out_and_given_back_at_the_end()
    {
        var store = new Leases(_ => 4);
        await using (var lease = await AcquireAsync(store))
        {
            Assert.Equal(4, lease!.Epoch);
            for (var asked = 2; asked <= 8; asked++)
            {
                _clock.Advance(Duration / 3);
                await store.AskedAsync(asked);
            }

            Assert.False(lease.Lost.IsCancellationRequested);
            Assert.False(store.Released);
        }

        Assert.True(store.Released);
    }

    [Fact]
    public async Task It_is_not_got_when_another_one_has_it() => Assert.Null(await AcquireAsync(new Leases(_ => null)));

    [Fact]
    public async Task It_is_lost_at_once_when_another_one_has_it()
    {
        var store = new Leases(asked => asked == 1 ? 1 : null);
        await using var lease = await AcquireAsync(store);
        var lost = LostAsync(lease!);
        _clock.Advance(Duration / 3);
        await lost;
    }

    [Fact]
    public async Task It_is_lost_when_its_epoch_has_changed_meanwhile()
    {
        var store = new Leases(asked => asked);
        await using var lease = await AcquireAsync(store);
        var lost = LostAsync(lease!);
        _clock.Advance(Duration / 3);
        await lost;
    }

    [Fact]
    public async Task It_is_let_go_in_time_when_the_store_does_not_answer()
    {
        var store = new Leases(asked => asked == 1 ? 1 : throw new StoreUnavailableException("gone"));
        await using var lease = await AcquireAsync(store);
        var lost = LostAsync(lease!);
        _clock.Advance(Duration / 3);
        await store.AskedAsync(2);
        Assert.False(lease!.Lost.IsCancellationRequested);
        _clock.Advance(Duration / 3 * 2);
        await lost;
    }

    private Task<HeldLease?> AcquireAsync(ILeaseStore store) => HeldLease.TryAcquireAsync(store, _clock, "projector", "me", Duration, Cancelled);

    private static Task LostAsync(HeldLease lease)
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lease.Lost.Register(lost.SetResult);
        return lost.Task.WaitAsync(Bound, Cancelled);
    }

    /// <param name="answer">To the first, second, third … time that somebody asks.</param>
    private sealed class Leases(Func<int, long?> answer) : ILeaseStore
    {
        private int _asked;

        public bool Released { get; private set; }

        public Task<long?> AcquireAsync(string name, string holder, TimeSpan duration, CancellationToken cancellationToken) => Task.FromResult(answer(Interlocked.Increment(ref _asked)));

        public Task ReleaseAsync(string name, string holder, CancellationToken cancellationToken)
        {
            Released = true;
            return Task.CompletedTask;
        }

        public Task AskedAsync(int times) => Eventually.HoldsAsync(() => Volatile.Read(ref _asked) >= times, $"not asked {times} times", Cancelled);
    }
}
