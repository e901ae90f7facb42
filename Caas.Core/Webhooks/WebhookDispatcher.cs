using Caas.Core.Feed;
using Caas.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Webhooks;

/// <summary>
/// Runs a worker for each webhook that is enabled, in one process at a time. It looks at the histories of tenants that have webhooks only to see that they go on: the workers, whose places in them
/// are their own, are told, and begin, change and end with the webhooks that the same history tells of.
/// </summary>
public sealed partial class WebhookDispatcher(WebhookTools tools, WebhookSweep sweep, ITenantStore tenants, Election election, FeedSignal signal, ILogger<WebhookDispatcher> logger) : Elected(Name, election, logger)
{
    /// <summary>Lease.</summary>
    public const string Name = "webhooks";

    private const int SideBySide = 4;

    private readonly ILogger _logger = logger;

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        await using var workers = new WebhookWorkers(tools, tenants, Options, epoch, Clock, _logger);
        using var news = new WebhookNews(tools.Stores, signal, Clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var sweeping = sweep.RunAsync(stop.Token);
        var following = new Dictionary<TenantId, Task>();
        var backoff = new Backoff(Options.InitialBackoff, Options.MaxBackoff, Clock);
        try
        {
            while (true)
            {
                try
                {
                    var next = news.Next;
                    await FollowAsync(workers, news, following, stop.Token);
                    backoff.Reset();
                    using var waited = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
                    await FeedSignal.WaitAsync(Task.WhenAny([next, .. following.Values.Select(task => task.WaitAsync(waited.Token))]), Options.PollInterval, Clock, cancellationToken);
                    await waited.CancelAsync();
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    // Attempts that are under way need nobody to look for news.
                    LogScanFailed(exception);
                    await backoff.PauseAsync(cancellationToken);
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll([sweeping, .. following.Values]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Begins to follow whose history went on, a few at a time; who is being followed, or in trouble, has another turn.</summary>
    private static async Task FollowAsync(WebhookWorkers workers, WebhookNews news, Dictionary<TenantId, Task> following, CancellationToken cancellationToken)
    {
        foreach (var (tenant, task) in following.Where(pair => pair.Value.IsCompleted).ToArray())
        {
            following.Remove(tenant);
            await task;
        }

        if (following.Count < SideBySide)
        {
            foreach (var (tenant, head) in await news.ReadAsync(cancellationToken))
            {
                if (following.Count < SideBySide && !following.ContainsKey(tenant) && !workers.IsTroubled(tenant))
                {
                    following.Add(tenant, FollowAsync(tenant, head));
                }
            }
        }

        async Task FollowAsync(TenantId tenant, long head)
        {
            var any = await workers.FollowAsync(tenant, head, cancellationToken);
            news.Followed(tenant, workers.IsTroubled(tenant) ? -1 : head, any);
        }
    }

    [LoggerMessage(8107, LogLevel.Warning, "News for webhooks could not be looked for; those that are told go on, and it is tried again.")]
    private partial void LogScanFailed(Exception exception);
}
