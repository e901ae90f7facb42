using Caas.Core.Ids;
using Caas.Core.Usage;
using Xunit;

namespace Caas.Tests.Usage;

/// <summary>What <see cref="IUsageStore"/> promises. Adapters inherit it.</summary>
public abstract class UsageStoreContract
{
    private const string Month = "2030-01";
    private static readonly DateTimeOffset Now = new(2030, 1, 15, 12, 0, 0, TimeSpan.Zero);
    private static readonly TenantId Acme = new("acme");
    private static readonly TenantId Globex = new("globex");

    protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    protected abstract IUsageStore CreateStore();

    [Fact]
    public async Task Messages_add_up_and_users_count_once_a_month()
    {
        Assert.Equal(new MonthUsage(0, 0, 0), await CreateStore().ReadAsync(Acme, Month, Cancelled));
        Assert.Equal(0, await CreateStore().CountMessagesAsync(Acme, Month, Cancelled));
        foreach (var (tenant, month, messages, users) in new (TenantId, string, long, string[])[] { (Acme, Month, 3, ["ann", "bob"]), (Globex, Month, 1, ["ann"]), (Acme, "2029-12", 7, ["cy"]), (Acme, Month, 2, ["ann", "cy"]), (Acme, Month, 0, ["dee"]) })
        {
            await CreateStore().AddMessagesAsync(tenant, month, messages, Cancelled);
            await CreateStore().AddActiveAsync(tenant, month, users, Cancelled);
        }

        Assert.Equal((5, 1), (await CreateStore().CountMessagesAsync(Acme, Month, Cancelled), await CreateStore().CountMessagesAsync(Globex, Month, Cancelled)));
        Assert.Equal(new MonthUsage(5, 4, 0), await CreateStore().ReadAsync(Acme, Month, Cancelled));
        Assert.Equal(new MonthUsage(1, 1, 0), await CreateStore().ReadAsync(Globex, Month, Cancelled));
        Assert.Equal(new MonthUsage(7, 1, 0), await CreateStore().ReadAsync(Acme, "2029-12", Cancelled));
    }

    [Fact]
    public async Task Of_processes_that_count_at_once_nothing_is_lost()
    {
        var stores = new[] { CreateStore(), CreateStore() };
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(
            async () =>
            {
                await stores[i % 2].AddMessagesAsync(Acme, Month, 2, Cancelled);
                await stores[i % 2].AddActiveAsync(Acme, Month, [$"user-{i % 5}", $"user-{(i + 1) % 5}"], Cancelled);
            },
            Cancelled))).WaitAsync(TimeSpan.FromMinutes(1), Cancelled);
        Assert.Equal(new MonthUsage(40, 5, 0), await stores[0].ReadAsync(Acme, Month, Cancelled));
    }

    [Fact]
    public async Task Connections_are_those_of_all_replicas_until_what_they_said_runs_out_and_the_peak_stays()
    {
        var store = CreateStore();
        await SayAsync(store, "one", Now, (Acme, 3), (Globex, 1));
        await SayAsync(store, "two", Now, (Acme, 4));
        Assert.Equal((7, 1), (await store.CountConnectionsAsync(Acme, living: null, Now, Cancelled), await store.CountConnectionsAsync(Globex, living: null, Now, Cancelled)));
        Assert.Equal((3, 4, 0), (await store.CountConnectionsAsync(Acme, ["one"], Now, Cancelled), await store.CountConnectionsAsync(Acme, ["two", "three"], Now, Cancelled), await store.CountConnectionsAsync(Globex, ["two"], Now, Cancelled)));
        await SayAsync(store, "one", Now.AddSeconds(5), (Acme, 1));
        Assert.Equal((5, 0), (await store.CountConnectionsAsync(Acme, living: null, Now.AddSeconds(5), Cancelled), await store.CountConnectionsAsync(Globex, living: null, Now.AddSeconds(5), Cancelled)));

        // The second is silent: what it said has run out.
        Assert.Equal(1, await store.CountConnectionsAsync(Acme, living: null, Now.AddSeconds(21), Cancelled));
        await SayAsync(store, "one", Now.AddSeconds(22));
        Assert.Equal(0, await store.CountConnectionsAsync(Acme, living: null, Now.AddSeconds(22), Cancelled));
        Assert.Equal((7, 1), ((await store.ReadAsync(Acme, Month, Cancelled)).PeakConnections, (await store.ReadAsync(Globex, Month, Cancelled)).PeakConnections));
    }

    private static Task SayAsync(IUsageStore store, string replica, DateTimeOffset at, params (TenantId Tenant, long Count)[] counts) =>
        store.ReportAsync(replica, counts.ToDictionary(count => count.Tenant, count => count.Count), Month, at, at.AddSeconds(20), Cancelled);
}
