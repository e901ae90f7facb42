using System.Collections.Concurrent;
using Caas.Core.Feed;
using Caas.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Webhooks;

/// <summary>
/// Runs a worker for each webhook that is enabled, in one process at a time. It follows every tenant's feed only to see that it goes on: the workers, whose places in it are their own, are told,
/// and begin, change and end with the webhooks that the same history tells of.
/// </summary>
public sealed class WebhookDispatcher(WebhookTools tools, ITenantStore tenants, Election election, FeedSignal signal, ILogger<WebhookDispatcher> logger) : Elected(Name, election, logger)
{
    /// <summary>Lease, and consumer in the feed.</summary>
    public const string Name = "webhooks";

    private const int SideBySide = 4;
    private const int Page = 200;

    private readonly ILogger _logger = logger;

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        var running = new ConcurrentDictionary<TenantId, Dictionary<string, Running>>();
        try
        {
            TenantId? after = null;
            while (await tools.Stores.Webhooks.ListTenantsAsync(after, Page, cancellationToken) is { Count: > 0 } some)
            {
                foreach (var tenant in some)
                {
                    await FollowAsync(running, tenant, epoch, cancellationToken);
                }

                after = some[^1];
            }

            var scan = new TenantScan(tools.Stores.Feed, signal, Options, Clock);
            await scan.RunAsync(Name, SideBySide, (tenant, _) => Task.FromResult<Func<CancellationToken, Task>?>(token => FollowAsync(running, tenant, epoch, token)), cancellationToken);
        }
        finally
        {
            await Task.WhenAll(running.Values.SelectMany(workers => workers.Values).Select(worker => worker.DisposeAsync().AsTask()));
        }
    }

    private async Task FollowAsync(ConcurrentDictionary<TenantId, Dictionary<string, Running>> running, TenantId tenant, long epoch, CancellationToken cancellationToken)
    {
        var head = await tools.Stores.Feed.ReadHeadAsync(tenant, cancellationToken);
        var wanted = await tenants.FindAsync(tenant, cancellationToken) is { DeletedAt: null } ? await tools.Stores.Webhooks.ListAsync(tenant, cancellationToken) : [];
        var workers = running.GetOrAdd(tenant, _ => []);
        foreach (var (id, worker) in workers.ToArray())
        {
            if (worker.Work.IsCompleted || !wanted.Any(webhook => webhook.Id == id && webhook.Rev == worker.Worker.Rev))
            {
                workers.Remove(id);
                await worker.DisposeAsync();
                if (!wanted.Any(webhook => webhook.Id == id))
                {
                    // What it put in line after it was deleted goes too.
                    await tools.Stores.Deliveries.ClearAsync(tenant, id, cancellationToken);
                }
            }
        }

        foreach (var webhook in wanted.Where(webhook => webhook.DisabledAt is null))
        {
            if (workers.TryGetValue(webhook.Id, out var worker))
            {
                worker.Worker.Notify(head);
            }
            else
            {
                workers.Add(webhook.Id, new(new(tools, webhook, head, epoch, Clock, _logger)));
            }
        }

        if (workers.Count == 0)
        {
            running.TryRemove(tenant, out _);
        }

        await tools.Stores.Feed.SavePositionAsync(Name, tenant, head, epoch, cancellationToken);
    }

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();

        public Running(WebhookWorker worker)
        {
            Worker = worker;
            Work = worker.RunAsync(_stop.Token);
        }

        public WebhookWorker Worker { get; }

        public Task Work { get; }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }
}
