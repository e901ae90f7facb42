using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Realtime.Delivery;
using Xunit;

namespace Caas.Tests.Realtime;

public sealed class TenantChannelsTests
{
    [Fact]
    public void A_tenants_channel_is_followed_once_however_many_come_at_once()
    {
        for (var i = 0; i < 200; i++)
        {
            var counting = new CountingChannels();
            var channels = new TenantChannels(counting, tenant => new(tenant, "$receipts"), (_, _) => { }, (_, _) => { });
            Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ => channels.Follow(new("acme")));
            Assert.Equal(1, counting.Subscriptions);
        }
    }

    [Fact]
    public void One_that_could_not_be_followed_is_tried_again_by_who_comes_next()
    {
        var (counting, failed) = (new CountingChannels { Failing = 2 }, 0);
        var channels = new TenantChannels(counting, tenant => new(tenant, "$receipts"), (_, _) => { }, (_, _) => failed++);
        for (var i = 0; i < 5; i++)
        {
            channels.Follow(new("acme"));
        }

        Assert.Equal((2, 3), (failed, counting.Subscriptions));
    }

    [Fact]
    public async Task Who_waits_until_it_is_followed_waits_for_the_one_that_subscribes()
    {
        var counting = new CountingChannels { Failing = 1, Until = new(TaskCreationOptions.RunContinuationsAsynchronously) };
        var failed = 0;
        var channels = new TenantChannels(counting, tenant => new(tenant, "$calls"), (_, _) => { }, (_, _) => failed++);
        var both = Task.WhenAll(channels.FollowAsync(new("acme")), channels.FollowAsync(new("acme")));
        Assert.Equal((false, 1), (both.IsCompleted, counting.Subscriptions));
        counting.Until.SetResult();
        await both.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        // It could not be followed: who comes next tries again.
        await channels.FollowAsync(new("acme")).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal((1, 2), (failed, counting.Subscriptions));
    }

    private sealed class CountingChannels : IConversationChannels
    {
        private int _subscriptions;

        public int Failing { get; set; }

        /// <summary>How long subscribing takes; null: no time.</summary>
        public TaskCompletionSource? Until { get; init; }

        public int Subscriptions => _subscriptions;

        public bool IsConnected => true;

        public event Action? Reconnected
        {
            add { }
            remove { }
        }

        public event Action? RevocationHinted
        {
            add { }
            remove { }
        }

        public void Publish(LogId log, ReadOnlyMemory<byte> payload)
        {
        }

        public async ValueTask<IAsyncDisposable> SubscribeAsync(LogId log, Action<ReadOnlyMemory<byte>> receive, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _subscriptions);
            await (Until?.Task ?? Task.CompletedTask);
            return Failing-- > 0 ? throw new InvalidOperationException("gone") : new MemoryStream();
        }

        public void PublishRevocationHint()
        {
        }
    }
}
