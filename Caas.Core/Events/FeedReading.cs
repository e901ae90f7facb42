using Caas.Core.Feed;

namespace Caas.Core.Events;

/// <summary>What the bus over the feed works with.</summary>
internal sealed record FeedReadingTools(IFeedStore Feed, EventMapper Mapper, EventHandling Handling, FeedSignal Signal, EventBusOptions Options, FeedOptions FeedOptions, TimeProvider Clock);

/// <summary>One consumer at work on one tenant's feed, as long as it has the tenant's lease.</summary>
internal sealed class FeedReading(FeedReadingTools tools, EventConsumer consumer, IReadOnlyCollection<string> topics, TenantId tenant, long epoch, TenantScan scan)
{
    /// <summary>How long work that has ended may wait to be saved while more is under way.</summary>
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>How long handlers that were told to stop are waited for, twice at most: until what was done is saved, and until the lease is given back.</summary>
    private static readonly TimeSpan StopWait = TimeSpan.FromSeconds(2);

    private readonly KeyedQueue _queue = new();
    private TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _saved;
    private long _savedAt;
    private bool _stopped = true;

    public TenantId Tenant { get; } = tenant;

    public string Group { get; } = consumer.Group;

    /// <summary>Whether no handler runs any more. One that does not heed its token may meet its own record in another process.</summary>
    public bool Stopped => _stopped;

    /// <summary>Reads and hands on until nothing new has come for a while, its turn is over while others wait, or the token ends.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var read = _saved = await tools.Feed.ReadPositionAsync(FeedConsumers.Group(Group), Tenant, cancellationToken);
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
            _stopped = await DrainAsync();
        }
    }

    private async Task ReadAsync(Progress progress, long read, CancellationToken cancellationToken)
    {
        var began = tools.Clock.GetTimestamp();
        var newsAt = began;
        var full = false;
        try
        {
            while (true)
            {
                var (news, ended) = (tools.Signal.Next, Volatile.Read(ref _ended).Task);
                var turnIsOver = scan.IsFull && tools.Clock.GetElapsedTime(began) > tools.Options.Turn;
                full = progress.Open >= tools.Options.Window || (full && progress.Open > tools.Options.Window / 2);
                if (!full && !turnIsOver)
                {
                    var items = await tools.Feed.ReadAsync(Tenant, read, Math.Min(tools.FeedOptions.BatchSize, tools.Options.Window), cancellationToken);
                    if (items.Count > 0)
                    {
                        await HandOnAsync(progress, items, cancellationToken);
                        read = items[^1].Position;
                        newsAt = tools.Clock.GetTimestamp();
                        await SaveAsync(progress, whenDue: true, cancellationToken);
                        continue;
                    }
                }

                if (progress.Open == 0)
                {
                    await SaveAsync(progress, whenDue: false, cancellationToken);
                    if (turnIsOver || tools.Clock.GetElapsedTime(newsAt) >= tools.Options.Linger)
                    {
                        return;
                    }
                }
                else
                {
                    await SaveAsync(progress, whenDue: true, cancellationToken);
                }

                // Each record that ends is of interest only where there is no room for more.
                await FeedSignal.WaitAsync(full ? ended : news, tools.FeedOptions.PollInterval, tools.Clock, cancellationToken);
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
        var kept = consumer.Sieve is { } sieve ? await sieve.KeepAsync(items, cancellationToken) : items;
        var events = (await tools.Mapper.MapAsync(kept, topics, cancellationToken)).ToDictionary(mapped => mapped.Item.Position);
        foreach (var item in items)
        {
            if (!events.TryGetValue(item.Position, out var mapped))
            {
                progress.Add(item.Position, parts: 0);
                continue;
            }

            if (mapped.Failure is not null)
            {
                await tools.Handling.BuryAsync(consumer, mapped.ToDeadLetter(Group, tools.Clock.GetUtcNow()), cancellationToken);
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
        await tools.Handling.HandleAsync(consumer, record, record.Key, cancellationToken);
        progress.Done(place);
        Interlocked.Exchange(ref _ended, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }

    private async Task SaveAsync(Progress progress, bool whenDue, CancellationToken cancellationToken)
    {
        var reached = progress.Reached;
        if (reached > _saved && (!whenDue || tools.Clock.GetElapsedTime(_savedAt) >= SaveEvery))
        {
            await tools.Feed.SavePositionAsync(FeedConsumers.Group(Group), Tenant, reached, epoch, cancellationToken);
            (_saved, _savedAt) = (reached, tools.Clock.GetTimestamp());
        }
    }

    private async Task<bool> DrainAsync()
    {
        var drained = _queue.DrainAsync();
        await drained.WaitAsync(StopWait, tools.Clock, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return drained.IsCompleted;
    }

    /// <summary>At the end, so that little is given again: what has ended by now.</summary>
    private async Task SaveLastAsync(Progress progress)
    {
        await DrainAsync();
        using var bounded = new CancellationTokenSource(StopWait, tools.Clock);
        try
        {
            await SaveAsync(progress, whenDue: false, bounded.Token);
        }
        catch (Exception exception) when (exception is Entries.StoreUnavailableException or FencedException or OperationCanceledException)
        {
            // The records since the last save are given again: at least once.
        }
    }
}
