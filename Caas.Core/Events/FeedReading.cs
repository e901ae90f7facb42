using Caas.Core.Feed;

namespace Caas.Core.Events;

/// <summary>One consumer at work on one tenant's feed, as long as it has the tenant's lease.</summary>
internal sealed class FeedReading(
    IFeedStore feed,
    EventMapper mapper,
    EventHandling handling,
    FeedSignal signal,
    EventBusOptions options,
    FeedOptions feedOptions,
    TimeProvider clock,
    EventConsumer consumer,
    IReadOnlyCollection<string> topics,
    TenantId tenant,
    long epoch,
    TenantScan scan)
{
    /// <summary>How long work that has ended may wait to be saved while more is under way.</summary>
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMilliseconds(500);

    private readonly KeyedQueue _queue = new();
    private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _saved;
    private long _savedAt;

    public TenantId Tenant { get; } = tenant;

    public string Group { get; } = consumer.Group;

    /// <summary>Reads and hands on until nothing new has come for a while, its turn is over while others wait, or the token ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var read = _saved = await feed.ReadPositionAsync(FeedConsumers.Group(Group), Tenant, cancellationToken);
        var progress = new Progress(read);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await ReadAsync(progress, read, stop.Token);
        }
        finally
        {
            // What still runs is stopped first, so that the lease is not given back under it; then what was done is saved.
            await stop.CancelAsync();
            await _queue.DrainAsync();
        }
    }

    private async Task ReadAsync(Progress progress, long read, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var newsAt = began;
        try
        {
            while (true)
            {
                var (news, ended) = (signal.Next, Volatile.Read(ref _ended).Task);
                var turnIsOver = scan.IsFull && clock.GetElapsedTime(began) > options.Turn;
                if (progress.Open < options.Window && !turnIsOver)
                {
                    var items = await feed.ReadAsync(Tenant, read, Math.Min(feedOptions.BatchSize, options.Window), cancellationToken);
                    if (items.Count > 0)
                    {
                        await HandOnAsync(progress, items, cancellationToken);
                        read = items[^1].Position;
                        newsAt = clock.GetTimestamp();
                        await SaveAsync(progress, whenDue: true, cancellationToken);
                        continue;
                    }
                }

                if (progress.Open == 0)
                {
                    await SaveAsync(progress, whenDue: false, cancellationToken);
                    if (turnIsOver || clock.GetElapsedTime(newsAt) >= options.Linger)
                    {
                        return;
                    }
                }
                else
                {
                    await SaveAsync(progress, whenDue: true, cancellationToken);
                }

                await FeedSignal.WaitAsync(Task.WhenAny(news, ended), feedOptions.PollInterval, clock, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            await SaveLastAsync(progress);
            throw;
        }
    }

    private async Task HandOnAsync(Progress progress, IReadOnlyList<FeedItem> items, CancellationToken cancellationToken)
    {
        foreach (var mapped in await mapper.MapAsync(items, topics, cancellationToken))
        {
            if (mapped.Failure is not null)
            {
                await handling.BuryAsync(consumer, mapped.ToDeadLetter(Group, clock.GetUtcNow()), cancellationToken);
            }

            var place = progress.Add(mapped.Item.Position, mapped.Records.Count);
            foreach (var record in mapped.Records)
            {
                _queue.Enqueue(record.Key, () => HandleAsync(progress, place, record, cancellationToken));
            }
        }
    }

    private async Task HandleAsync(Progress progress, Progress.Place place, EventRecord record, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await handling.HandleAsync(consumer, record, record.Key, cancellationToken);
        progress.Done(place);
        Interlocked.Exchange(ref _ended, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private async Task SaveAsync(Progress progress, bool whenDue, CancellationToken cancellationToken)
    {
        var reached = progress.Reached;
        if (reached > _saved && (!whenDue || clock.GetElapsedTime(_savedAt) >= SaveEvery))
        {
            await feed.SavePositionAsync(FeedConsumers.Group(Group), Tenant, reached, epoch, cancellationToken);
            (_saved, _savedAt) = (reached, clock.GetTimestamp());
        }
    }

    /// <summary>At the end, so that little is given again: what has ended by now, within 2 s.</summary>
    private async Task SaveLastAsync(Progress progress)
    {
        using var bounded = new CancellationTokenSource(TimeSpan.FromSeconds(2), clock);
        try
        {
            await _queue.DrainAsync().WaitAsync(bounded.Token);
            await SaveAsync(progress, whenDue: false, bounded.Token);
        }
        catch (Exception exception) when (exception is Entries.StoreUnavailableException or FencedException or OperationCanceledException)
        {
            // The records since the last save are given again: at least once.
        }
    }
}
