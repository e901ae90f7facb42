using Caas.Core.Entries;
using Caas.Core.Feed;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.Events;

/// <summary>What the bus over the feed keeps in the store.</summary>
public sealed record FeedBusStores(IFeedStore Feed, ILeaseStore Leases, IDeadLetterStore DeadLetters);

/// <summary>
/// The bus without Kafka: consumers read the feed, with their own durable position per (group, tenant). Processes of one group share by leases per tenant, so a tenant's
/// records are handled in one process at a time; in it, keys go side by side.
/// </summary>
public sealed partial class FeedEventBus(FeedBusStores stores, EventMapper mapper, EventHandling handling, FeedSignal signal, Election election, FeedBusSettings settings) : IEventBus
{
    private readonly EventBusOptions _options = settings.Events.Value;
    private readonly FeedReadingTools _tools = new(stores.Feed, mapper, handling, signal, settings.Events.Value, election.Options.Value, election.Clock);
    private readonly FeedOptions _feedOptions = election.Options.Value;
    private readonly TimeProvider _clock = election.Clock;
    private readonly ILogger _logger = settings.Logger;

    /// <inheritdoc/>
    public async Task ConsumeAsync(string group, IReadOnlyCollection<string> topics, Func<EventRecord, CancellationToken, Task> handler, CancellationToken stoppingToken, IEventSieve? sieve = null)
    {
        // Two consumers of a group in one process share like two processes do.
        var holder = $"{election.Holder}/{Guid.CreateVersion7(_clock.GetUtcNow())}";
        using var consumer = new EventConsumer(group, handler, stores.DeadLetters.AddAsync, _options.Parallelism) { Sieve = sieve };
        var backoff = new Backoff(_feedOptions.InitialBackoff, _feedOptions.MaxBackoff, _clock);
        while (!stoppingToken.IsCancellationRequested)
        {
            var began = _clock.GetTimestamp();
            try
            {
                var scan = new TenantScan(stores.Feed, signal, _feedOptions, _clock);
                await scan.RunAsync(FeedConsumers.Group(group), _options.Tenants, async (tenant, token) => await BeginAsync(consumer, topics, tenant, holder, scan, token), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException exception)
            {
                LogUnavailable(exception, group);
                if (_clock.GetElapsedTime(began) > _feedOptions.MaxBackoff)
                {
                    backoff.Reset();
                }

                await backoff.PauseAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task<Func<CancellationToken, Task>?> BeginAsync(EventConsumer consumer, IReadOnlyCollection<string> topics, TenantId tenant, string holder, TenantScan scan, CancellationToken cancellationToken)
    {
        var name = $"{FeedConsumers.Group(consumer.Group)}/{tenant.Value}";
        var lease = await HeldLease.TryAcquireAsync(stores.Leases, _clock, name, holder, _feedOptions.LeaseDuration, cancellationToken);
        return lease is null ? null : token => WorkAsync(new FeedReading(_tools, consumer, topics, tenant, lease.Epoch, scan), lease, token);
    }

    private async Task WorkAsync(FeedReading reading, HeldLease lease, CancellationToken cancellationToken)
    {
        await using (lease)
        {
            using var held = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Lost);
            try
            {
                await reading.RunAsync(held.Token);
            }
            catch (OperationCanceledException) when (held.IsCancellationRequested)
            {
                // Stopping, or another process has the lease: it goes on from the saved position.
            }
            catch (FencedException exception)
            {
                LogFenced(exception, reading.Tenant.Value, reading.Group);
            }
            catch (StoreUnavailableException exception)
            {
                // The next scan finds the tenant behind and begins again, with a pause because the store must answer it first.
                LogUnavailable(exception, reading.Group);
            }
#pragma warning disable CA1031 // One tenant's fault must not end the consumer for all: it is logged, and begun again at the next scan.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogFailed(exception, reading.Tenant.Value, reading.Group);
                await Task.Delay(_feedOptions.MaxBackoff, _clock, held.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (!reading.Stopped)
            {
                LogNotStopped(reading.Group, reading.Tenant.Value);
            }
        }
    }

    [LoggerMessage(8061, LogLevel.Warning, "The store is not available; consumer group {Group} goes on when it is.")]
    private partial void LogUnavailable(Exception exception, string group);

    [LoggerMessage(8062, LogLevel.Warning, "Another process took over tenant {Tenant} in consumer group {Group}.")]
    private partial void LogFenced(Exception exception, string tenant, string group);

    [LoggerMessage(8063, LogLevel.Error, "Consumer group {Group} failed in tenant {Tenant} and begins again.")]
    private partial void LogFailed(Exception exception, string tenant, string group);

    [LoggerMessage(8064, LogLevel.Warning, "Handlers of consumer group {Group} in tenant {Tenant} did not stop when told to; their records may be handled by two processes at once.")]
    private partial void LogNotStopped(string group, string tenant);
}

/// <summary>How the bus over the feed works, and where it tells of it.</summary>
public sealed record FeedBusSettings(IOptions<EventBusOptions> Events, ILogger<FeedEventBus> Logger);
