using System.Collections.Concurrent;
using Caas.Core.Entries;
using Caas.Core.Feed;
using Caas.Core.Tenants;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Webhooks;

/// <summary>
/// The workers of all tenants, while this process is the one. A tenant that cannot be followed (the store does not answer for it, or a row of it cannot be read) keeps its workers as they are and
/// is looked at again by itself, ever more rarely: nobody else's are touched.
/// </summary>
internal sealed partial class WebhookWorkers(WebhookTools tools, ITenantStore tenants, FeedOptions options, long epoch, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<TenantId, Dictionary<string, Running>> _running = new();
    private readonly ConcurrentDictionary<TenantId, Trouble> _troubled = new();

    /// <summary>Whether a tenant could not be followed, and it is not yet time to try again.</summary>
    public bool IsTroubled(TenantId tenant) => _troubled.TryGetValue(tenant, out var trouble) && trouble.Until > clock.GetUtcNow();

    /// <summary>Begins, changes and ends a tenant's workers as its webhooks are, and tells them how far its history goes. One call per tenant at a time.</summary>
    /// <returns>Whether it has webhooks, as far as is known.</returns>
    public async Task<bool> FollowAsync(TenantId tenant, long head, CancellationToken cancellationToken)
    {
        try
        {
            var any = await UpdateAsync(tenant, head, cancellationToken);
            _troubled.TryRemove(tenant, out _);
            return any;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogTrouble(exception, exception is StoreUnavailableException ? LogLevel.Warning : LogLevel.Error, tenant);
            var trouble = _troubled.GetOrAdd(tenant, _ => new(new(options.InitialBackoff, options.MaxBackoff, clock)));
            trouble.Until = clock.GetUtcNow() + trouble.Backoff.Next();
            return true;
        }
    }

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_running.Values.SelectMany(workers => workers.Values).Select(worker => worker.DisposeAsync().AsTask()));

    private async Task<bool> UpdateAsync(TenantId tenant, long head, CancellationToken cancellationToken)
    {
        var wanted = await tenants.FindAsync(tenant, cancellationToken) is { DeletedAt: null } ? await tools.Stores.Webhooks.ListAsync(tenant, cancellationToken) : [];
        var workers = _running.GetOrAdd(tenant, _ => []);
        foreach (var (id, worker) in workers.ToArray())
        {
            if (worker.Work.IsCompleted || !wanted.Any(webhook => webhook.Id == id && webhook.Rev == worker.Worker.Rev))
            {
                await worker.DisposeAsync();
                if (!wanted.Any(webhook => webhook.Id == id))
                {
                    // What it put in line after it was deleted goes too.
                    await tools.Stores.Deliveries.ClearAsync(tenant, id, cancellationToken);
                }

                workers.Remove(id);
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
                workers.Add(webhook.Id, new(new(tools, webhook, head, epoch, clock, logger)));
            }
        }

        if (workers.Count == 0)
        {
            _running.TryRemove(tenant, out _);
        }

        return wanted.Count > 0;
    }

    [LoggerMessage(EventId = 8106, Message = "The webhooks of tenant {Tenant} could not be looked after; those that are told go on, and it is tried again.")]
    private partial void LogTrouble(Exception exception, LogLevel level, TenantId tenant);

    private sealed class Trouble(Backoff backoff)
    {
        public Backoff Backoff => backoff;

        public DateTimeOffset Until { get; set; }
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

        /// <summary>Safe to repeat.</summary>
        public async ValueTask DisposeAsync()
        {
            if (!_stop.IsCancellationRequested)
            {
                await _stop.CancelAsync();
            }

            await Work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stop.Dispose();
        }
    }
}
