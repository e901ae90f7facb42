using System.Collections.Concurrent;
using Caas.Core.Entries;
using Caas.Core.Events;
using Microsoft.Extensions.Logging;

namespace Caas.Core.Feed;

/// <summary>
/// Drains the feed to Kafka with its own position per tenant, which moves after acknowledgement: at least once, in order per key, nothing lost. While Kafka is away it waits;
/// nobody but Kafka's consumers notices.
/// </summary>
public sealed partial class Publisher(IFeedStore feed, EventMapper mapper, IEventSink sink, Election election, PublisherTelling telling, FeedSignal signal)
    : Elected(FeedConsumers.Publisher, election, telling.Logger)
{
    private static readonly TimeSpan MeasureEvery = TimeSpan.FromSeconds(2);

    private readonly ILogger _logger = telling.Logger;

    // The oldest entry that each tenant waits to have acknowledged.
    private readonly ConcurrentDictionary<TenantId, DateTimeOffset> _waiting = [];

    /// <inheritdoc/>
    protected override async Task WorkAsync(long epoch, CancellationToken cancellationToken)
    {
        await using var producer = sink.Open();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var measuring = MeasureAsync(stop.Token);
        try
        {
            var scan = new TenantScan(feed, signal, Options, Clock);
            await scan.RunAsync(FeedConsumers.Publisher, Options.PublishedTenants, (tenant, _) => Task.FromResult<Func<CancellationToken, Task>?>(token => DrainAsync(producer, tenant, epoch, token)), cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await measuring;
            _waiting.Clear();
            telling.Metrics.PublisherAt(0, TimeSpan.Zero);
        }
    }

    private async Task DrainAsync(IEventProducer producer, TenantId tenant, long epoch, CancellationToken cancellationToken)
    {
        try
        {
            var position = await feed.ReadPositionAsync(FeedConsumers.Publisher, tenant, cancellationToken);
            while (await feed.ReadAsync(tenant, position, Options.BatchSize, cancellationToken) is { Count: > 0 } items)
            {
                _waiting[tenant] = items[0].Entry.At;
                var records = (await mapper.MapAsync(items, Topics.All, cancellationToken)).SelectMany(RecordsOf).ToArray();
                if (records.Length > 0)
                {
                    await producer.PublishAsync(records, cancellationToken);
                    telling.Metrics.Published(records.Length);
                }

                position = items[^1].Position;
                await feed.SavePositionAsync(FeedConsumers.Publisher, tenant, position, epoch, cancellationToken);
            }
        }
        finally
        {
            _waiting.TryRemove(tenant, out _);
        }
    }

    private IEnumerable<EventRecord> RecordsOf(MappedItem item)
    {
        if (item.Failure is null)
        {
            return item.Records;
        }

        telling.Metrics.DeadLettered(FeedConsumers.Publisher);
        return [CloudEvents.Write(item.ToDeadLetter(FeedConsumers.Publisher, Clock.GetUtcNow()))];
    }

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(MeasureEvery, Clock);
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                long pending = 0;
                TenantId? after = null;
                while (await feed.ReadBehindAsync(FeedConsumers.Publisher, after, Options.BatchSize, cancellationToken) is { Count: > 0 } behind)
                {
                    pending += behind.Sum(lag => lag.Head - lag.Position);
                    after = behind[^1].Tenant;
                }

                var now = Clock.GetUtcNow();
                telling.Metrics.PublisherAt(pending, _waiting.Values.Select(at => now - at).DefaultIfEmpty().Max());
                await timer.WaitForNextTickAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (StoreUnavailableException exception)
            {
                LogNotMeasured(exception);
                await Task.Delay(Options.MaxBackoff, Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(8071, LogLevel.Debug, "The publisher's lag could not be measured.")]
    private partial void LogNotMeasured(Exception exception);
}

/// <summary>Where the publisher tells what it does.</summary>
public sealed record PublisherTelling(FeedMetrics Metrics, ILogger<Publisher> Logger);
