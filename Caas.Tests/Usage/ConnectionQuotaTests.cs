using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Tenants;
using Caas.Core.Usage;
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
}
