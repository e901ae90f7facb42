using Caas.Core.Usage;
using Caas.Realtime.Connections;
using Caas.Realtime.Replicas;

namespace Caas.Realtime.Usage;

/// <summary>Tells every 5 s how many connections this replica has of each tenant, and that there are none when it stops; what a replica said that died counts no longer than its lease.</summary>
internal sealed partial class ConnectionReport(LocalConnections connections, ReplicaLease lease, IUsageStore store, TimeProvider clock, ILogger<ConnectionReport> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Good = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(2);

    private bool _told;

    public async Task TellAsync(CancellationToken cancellationToken)
    {
        var counts = connections.All.GroupBy(connection => connection.Tenant).ToDictionary(tenant => tenant.Key, tenant => (long)tenant.Count());
        if (counts.Count > 0 || _told)
        {
            var now = clock.GetUtcNow();
            await store.ReportAsync(lease.ReplicaId, counts, UsageTracker.MonthOf(now), now, now + Good, cancellationToken);
            _told = counts.Count > 0;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_told)
        {
            using var bounded = new CancellationTokenSource(LastWord, clock);
            try
            {
                var now = clock.GetUtcNow();
                await store.ReportAsync(lease.ReplicaId, new Dictionary<TenantId, long>(), UsageTracker.MonthOf(now), now, now, bounded.Token);
            }
            catch (Exception exception) when (exception is StoreUnavailableException or OperationCanceledException or ObjectDisposedException)
            {
                // What was said runs out.
                LogNotTold(exception);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await TellAsync(stoppingToken);
                }
                catch (StoreUnavailableException exception)
                {
                    LogNotTold(exception);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The rest is said when the host stops.
        }
    }

    [LoggerMessage(3251, LogLevel.Warning, "How many connections there are could not be told.")]
    private partial void LogNotTold(Exception exception);
}
