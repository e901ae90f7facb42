using Caas.Core.Feed;
using Caas.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Webhooks;

/// <summary>
/// Runs a worker for each webhook that is enabled, in one process at a time. It follows every tenant's feed only to see that it goes on: the workers, whose places in it are their own, are told,
/// and begin, change and end with the webhooks that the same history tells of.
/// </summary>
public sealed partial class WebhookDispatcher(WebhookTools tools, WebhookSweep sweep, ITenantStore tenants, Election election, FeedSignal signal, ILogger<WebhookDispatcher> logger) : Elected(Name, election, logger)
{
    /// <summary>Lease, and consumer in the feed.</summary>
    public const string Name = "webhooks";

    private const int SideBySide = 4;
    private const int Page = 200;

    private readonly ILogger _logger = logger;

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        await using var workers = new WebhookWorkers(tools, tenants, Options, epoch, Clock, _logger);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (sweeping, retrying) = (sweep.RunAsync(stop.Token), workers.RetryAsync(stop.Token));
        var backoff = new Backoff(Options.InitialBackoff, Options.MaxBackoff, Clock);
        try
        {
            while (true)
            {
                try
                {
                    await BeginAsync(workers, cancellationToken);
                    backoff.Reset();
                    var scan = new TenantScan(tools.Stores.Feed, signal, Options, Clock);
                    await scan.RunAsync(
                        Name,
                        SideBySide,
                        (tenant, _) => Task.FromResult<Func<CancellationToken, Task>?>(workers.IsTroubled(tenant) ? null : token => workers.FollowAsync(tenant, token)),
                        cancellationToken);
                }
                catch (Exception exception) when (exception is not FencedException && !cancellationToken.IsCancellationRequested)
                {
                    // Attempts that are under way need nobody to look for news.
                    LogScanFailed(exception);
                }

                await backoff.PauseAsync(cancellationToken);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(sweeping, retrying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task BeginAsync(WebhookWorkers workers, CancellationToken cancellationToken)
    {
        TenantId? after = null;
        while (await tools.Stores.Webhooks.ListTenantsAsync(after, Page, cancellationToken) is { Count: > 0 } some)
        {
            foreach (var tenant in some.Where(tenant => !workers.IsTroubled(tenant)))
            {
                await workers.FollowAsync(tenant, cancellationToken);
            }

            after = some[^1];
        }
    }

    [LoggerMessage(8107, LogLevel.Warning, "News for webhooks could not be looked for; those that are told go on, and it is tried again.")]
    private partial void LogScanFailed(Exception exception);
}
