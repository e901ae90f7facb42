using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Usage;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Caas.Tests.Usage;

public sealed class UsageTrackerTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_written_is_not_counted_again_because_something_else_was_not()
    {
        var store = new FailingStore { FailsActive = true };
        using var tracker = new UsageTracker(store, TimeProvider.System, NullLogger<UsageTracker>.Instance);
        for (var i = 0; i < 1_200; i++)
        {
            tracker.Sent(new("big"), new($"user-{i}"));
        }

        tracker.Sent(new("small"), null);
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => tracker.FlushAsync(Cancelled));
        }

        Assert.Equal((1_200, 1, 0), (store.Messages["big"], store.Messages["small"], store.Active.Count));
        store.FailsActive = false;
        await tracker.FlushAsync(Cancelled);
        await tracker.FlushAsync(Cancelled);
        Assert.Equal((1_200, 1, 1_200, IUsageStore.MostUsers), (store.Messages["big"], store.Messages["small"], store.Active.Count, store.MostAtOnce));
    }

    [Fact]
    public async Task What_could_not_be_written_is_counted_the_next_time()
    {
        var store = new FailingStore { FailsMessages = true };
        using var tracker = new UsageTracker(store, TimeProvider.System, NullLogger<UsageTracker>.Instance);
        for (var i = 0; i < 40; i++)
        {
            tracker.Sent(new($"tenant-{i}"), new("ann"));
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(() => tracker.FlushAsync(Cancelled));
        store.FailsMessages = false;
        await tracker.FlushAsync(Cancelled);
        Assert.Equal((40, 40, 40), (store.Messages.Count, store.Messages.Values.Sum(), store.Active.Count));
    }

    private sealed class FailingStore : IUsageStore
    {
        private readonly Lock _gate = new();

        public bool FailsMessages { get; set; }

        public bool FailsActive { get; set; }

        public Dictionary<string, long> Messages { get; } = [];

        public HashSet<(string, string)> Active { get; } = [];

        public int MostAtOnce { get; private set; }

        public Task AddMessagesAsync(TenantId tenant, string month, long messages, CancellationToken cancellationToken)
        {
            lock (_gate)
            {
                Messages[tenant.Value] = FailsMessages ? throw Gone() : Messages.GetValueOrDefault(tenant.Value) + messages;
                return Task.CompletedTask;
            }
        }

        public Task AddActiveAsync(TenantId tenant, string month, IReadOnlyCollection<string> users, CancellationToken cancellationToken)
        {
            lock (_gate)
            {
                MostAtOnce = Math.Max(MostAtOnce, users.Count);
                Active.UnionWith(FailsActive ? throw Gone() : users.Select(user => (tenant.Value, user)));
                return Task.CompletedTask;
            }
        }

        public Task<long> CountMessagesAsync(TenantId tenant, string month, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task ReportAsync(string replica, IReadOnlyDictionary<TenantId, long> counts, string month, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<MonthUsage> ReadAsync(TenantId tenant, string month, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<long> CountConnectionsAsync(TenantId tenant, IReadOnlyCollection<string>? living, DateTimeOffset now, CancellationToken cancellationToken) => throw new NotSupportedException();

        private static StoreUnavailableException Gone() => new("gone", new InvalidOperationException());
    }
}
