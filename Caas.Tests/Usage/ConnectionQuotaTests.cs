using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Tenants;
using Caas.Core.Usage;
using Caas.Realtime.Replicas;
using Caas.Realtime.Usage;
using Caas.Tests.Realtime;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Caas.Tests.Usage;

/// <summary>Connections over two replicas: counted together, limited together.</summary>
public sealed class ConnectionQuotaTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connections_of_all_replicas_count_and_one_above_the_quota_is_refused()
    {
        await using var replicas = await Replicas.StartAsync();
        await replicas.ConnectAsync("alice", 0);
        await replicas.ConnectAsync("bob", 1);
        foreach (var app in replicas.Apps)
        {
            await app.Services.GetServices<IHostedService>().OfType<ConnectionReport>().Single().TellAsync(Cancelled);
            await app.Services.GetRequiredService<UsageTracker>().FlushAsync(Cancelled);
        }

        var usage = await replicas.Get<TenantService>().GetUsageAsync(Replicas.System, Cancelled);
        Assert.Equal((2, 2), (usage.Connections, usage.PeakConnections));
        await Eventually.HoldsAsync(async () => (await replicas.Get<TenantService>(1).GetUsageAsync(Replicas.System, Cancelled)).MonthlyActiveUsers == 2 ? null : "not both users are counted", Cancelled);
        await replicas.Get<TenantService>().UpdateAsync(new() { Kind = CallerKind.Admin }, Replicas.Tenant.Value, new() { Quotas = new TenantQuotas(Connections: 2) }, Cancelled);
        var refused = await Assert.ThrowsAnyAsync<HttpRequestException>(() => replicas.ConnectAsync("carol", 0));
        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
        Assert.Empty(replicas.Errors);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_was_on_a_replica_that_is_gone_comes_back_to_another_one(bool stopped)
    {
        await using var replicas = await Replicas.StartAsync();
        await replicas.ConnectAsync("alice", 0);
        await replicas.ConnectAsync("bob", 1);
        foreach (var app in replicas.Apps)
        {
            await app.Services.GetServices<IHostedService>().OfType<ConnectionReport>().Single().TellAsync(Cancelled);
        }

        await replicas.Get<TenantService>().UpdateAsync(new() { Kind = CallerKind.Admin }, Replicas.Tenant.Value, new() { Quotas = new TenantQuotas(Connections: 2) }, Cancelled);
        var gone = replicas.Get<ReplicaLease>(1);
        if (stopped)
        {
            await replicas.Apps[1].StopAsync(Cancelled).WaitAsync(Replicas.Bound, Cancelled);
            Assert.Equal(1, await replicas.Get<IUsageStore>().CountConnectionsAsync(Replicas.Tenant, living: null, TimeProvider.System.GetUtcNow(), Cancelled));
        }
        else
        {
            // Killed: its lease has run out, and what it said stands.
            await gone.WithdrawAsync();
            Assert.Equal(2, await replicas.Get<IUsageStore>().CountConnectionsAsync(Replicas.Tenant, living: null, TimeProvider.System.GetUtcNow(), Cancelled));
        }

        await replicas.ConnectAsync("bob", 0);
        Assert.Empty(replicas.Errors);
    }
}
