using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Feed;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Presence;

/// <summary>
/// Brings changes of presence to the topic <see cref="Topics.Presence"/>: each process those that it announced, of each user the newest. While the target is away it waits, and nobody but the
/// topic's consumers notices.
/// </summary>
/// <remarks>
/// Several processes publish changes of one user, and one that had to wait may come after another's newer one; a compacted topic would keep the older for ever. So whoever has published looks at how
/// the user is by now, and publishes that too where it is newer: the last one to publish has seen the last change.
/// </remarks>
public sealed partial class PresencePublisher(PresenceOutbox outbox, IPresenceDirectory directory, IEventSink sink, PresenceMetrics metrics, TimeProvider clock, ILogger<PresencePublisher> logger) : BackgroundService
{
    private const int Batch = 500;

    /// <summary>A process that stops tells what it still knows, where that can be done soon.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        outbox.Open();
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new Backoff(FirstPause, LongestPause, clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await DrainAsync(backoff, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
#pragma warning disable CA1031 // Whatever a producer dies of, another one is opened: presence has no position that could get stuck.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogFailed(exception);
                await backoff.PauseAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await EndAsync();
    }

    private async Task DrainAsync(Backoff backoff, CancellationToken cancellationToken)
    {
        // A process that announces nothing needs no producer.
        var first = await outbox.TakeAsync(Batch, cancellationToken);
        await using var producer = OpenFor(first);
        for (var batch = first; ; batch = await outbox.TakeAsync(Batch, cancellationToken))
        {
            await PublishAsync(producer, batch, cancellationToken);
            backoff.Reset();
            await LookAgainAsync(batch, cancellationToken);
        }
    }

    private IEventProducer OpenFor(IReadOnlyList<PresenceRecord> batch)
    {
        try
        {
            return sink.Open();
        }
        catch
        {
            GiveBack(batch);
            throw;
        }
    }

    private async Task PublishAsync(IEventProducer producer, IReadOnlyList<PresenceRecord> batch, CancellationToken cancellationToken)
    {
        try
        {
            var now = clock.GetUtcNow();
            await producer.PublishAsync([.. batch.Select(record => CloudEvents.Write(record, now))], cancellationToken);
            metrics.Published(batch.Count);
        }
        catch
        {
            GiveBack(batch);
            throw;
        }
    }

    private async Task LookAgainAsync(IReadOnlyList<PresenceRecord> published, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(FirstPause, LongestPause, clock);
        foreach (var tenant in published.GroupBy(record => record.Tenant))
        {
            var records = tenant.ToArray();
            while (!await TryLookAsync(tenant.Key, records, cancellationToken))
            {
                // Nobody keeps presence now, so nothing of it changes.
                await backoff.PauseAsync(cancellationToken);
            }
        }
    }

    private async Task<bool> TryLookAsync(TenantId tenant, PresenceRecord[] published, CancellationToken cancellationToken)
    {
        try
        {
            var now = await directory.ReadAsync(tenant, [.. published.Select(record => record.User)], cancellationToken);
            foreach (var (record, current) in published.Zip(now).Where(pair => pair.Second.Version > pair.First.Version))
            {
                outbox.Offer(current);
            }

            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private async Task EndAsync()
    {
        if (outbox.Count == 0)
        {
            return;
        }

        using var patience = new CancellationTokenSource(LastWords, clock);
        try
        {
            await using var producer = sink.Open();
            while (outbox.Count > 0)
            {
                await PublishAsync(producer, await outbox.TakeAsync(Batch, patience.Token), patience.Token);
            }
        }
#pragma warning disable CA1031 // The process ends: what it cannot tell in time is told of, and let go.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogLetGo(exception, outbox.Count);
        }
    }

    private void GiveBack(IReadOnlyList<PresenceRecord> batch)
    {
        foreach (var record in batch)
        {
            outbox.Offer(record);
        }
    }

    [LoggerMessage(3195, LogLevel.Warning, "Presence could not be published; it is tried again.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(3196, LogLevel.Warning, "The presence of {Users} users could not be published before the end.")]
    private partial void LogLetGo(Exception exception, int users);
}
