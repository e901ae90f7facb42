using System.Collections.Concurrent;
using Caas.Core.Delivery;
using Caas.Core.Members;
using Caas.Realtime.Connections;
using Caas.Realtime.Evictions;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Delivery;

/// <summary>The conversations that this replica's connections watch: one feed and one channel subscription each, for as long as somebody does.</summary>
internal sealed partial class ConversationWatchers : IConnectionObserver, IDisposable
{
    /// <summary>A join does not wait longer for the backplane: what is missed meanwhile is found by the reconciler.</summary>
    private static readonly TimeSpan SubscribePatience = TimeSpan.FromSeconds(2);

    private const int RepairPage = 200;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<LogId, Watched> _watched = new();
    private readonly IConversationChannels _channels;
    private readonly EntryReader _reader;
    private readonly Membership _membership;
    private readonly ResyncSpreader _resyncs;
    private readonly RealtimeMetrics _metrics;
    private readonly ILogger<ConversationWatchers> _logger;
    private readonly FeedContext _context;
    private readonly CancellationTokenSource _stopping = new();
    private int _disposed;

    public ConversationWatchers(IConversationChannels channels, EntryReader reader, Membership membership, ResyncSpreader resyncs, RealtimeMetrics metrics, IOptions<RealtimeOptions> options, TimeProvider clock, ILogger<ConversationWatchers> logger)
    {
        (_channels, _reader, _membership, _resyncs, _metrics, _logger) = (channels, reader, membership, resyncs, metrics, logger);
        _context = new()
        {
            Clock = clock,
            Metrics = metrics,
            Hold = options.Value.Hold,
            ReadAsync = ReadAsync,
            MembersChanged = (log, seq) => _membership.Forget(log.Tenant, new(log.Name), user: null, seq),
            Apply = Apply,
            Arrived = (log, entry) => Arrived?.Invoke(log, entry),
            Resync = connection => _resyncs.Add(connection, "entries_missed"),
        };
    }

    /// <summary>Something that is no entry passed through the channel of a watched conversation: what kind, and its body, which is only lent. Must be quick, and not throw.</summary>
    public event Action<LogId, string, ReadOnlyMemory<byte>>? Signalled;

    /// <summary>An entry of a watched conversation came, perhaps early or again. Must be quick, and not throw.</summary>
    public event Action<LogId, LiveEntry>? Arrived;

    /// <summary>A user's connection began or ceased to watch. Must be quick, and not throw.</summary>
    public event Action<LogId, UserId>? WatchChanged;

    /// <summary>The feed of a conversation that is watched here.</summary>
    public ConversationFeed? Find(LogId log) => _watched.TryGetValue(log, out var watched) ? watched.Feed : null;

    public IReadOnlyCollection<ConversationFeed> All => [.. _watched.Values.Select(watched => watched.Feed)];

    /// <summary>Begins to watch: from when it returns, every live entry of the conversation is kept for the connection.</summary>
    public async Task<Watch> JoinAsync(RealtimeConnection connection, LogId log, CancellationToken cancellationToken)
    {
        Watched watched;
        Watch watch;
        lock (_gate)
        {
            watched = _watched.GetOrAdd(log, static (log, self) => new(new ConversationFeed(log, self._context)), this);
            watched.Subscription ??= SubscribeAsync(watched.Feed);
            watch = watched.Feed.Join(connection);
            // In place of the same one, or of one that has just ended and is not forgotten yet: forgetting it leaves this one alone.
            if (connection.Watches.Set(watch))
            {
                _metrics.WatchAdded();
                WatchChanged?.Invoke(log, connection.User);
            }
        }

        await ((Task)watched.Subscription).WaitAsync(SubscribePatience, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return watch;
    }

    /// <summary>Ends a watch on the connection's own behalf.</summary>
    public void Leave(Watch watch)
    {
        watch.Feed.Leave(watch);
        Forget(watch);
    }

    public void Left(RealtimeConnection connection) => Leave(connection);

    /// <summary>Ends all watches of a connection.</summary>
    public void Leave(RealtimeConnection connection)
    {
        foreach (var watch in connection.Watches.Values)
        {
            Leave(watch);
        }
    }

    /// <summary>Looks up a doubtful membership afresh, and ends the watch when there is none.</summary>
    public async Task RecheckAsync(Watch watch)
    {
        var (connection, log) = (watch.Connection, watch.Feed.Log);
        var conversation = new ConversationId(log.Name);
        try
        {
            _membership.Forget(log.Tenant, conversation, connection.User);
            await _membership.RequireAsync(connection.Caller, conversation, Right.Read, _stopping.Token);
        }
        catch (RefusedException refused) when (refused.Refusal.Status < 500)
        {
            watch.Feed.Evict(watch, refused.Refusal == Refusal.ConversationNotFound ? EvictionReasons.ConversationDeleted : EvictionReasons.Removed);
        }
#pragma warning disable CA1031 // Nobody waits for this; when the store cannot be asked, doubt goes against the watch, and the client joins again.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogRecheckFailed(exception, log);
            Leave(watch);
            _resyncs.Add(connection, "membership_unknown");
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    public void Dispose()
    {
        // The container knows it under two names.
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _stopping.Cancel();
            _stopping.Dispose();
        }
    }

    private async Task<IAsyncDisposable> SubscribeAsync(ConversationFeed feed)
    {
        // Away from the lock.
        await Task.Yield();
        return await _channels.SubscribeAsync(
            feed.Log,
            payload =>
            {
                if (ConversationSignals.TryRead(payload, out var kind, out var body))
                {
                    Signalled?.Invoke(feed.Log, kind, body);
                }
                else if (LiveEntry.TryParse(payload) is { } entry)
                {
                    feed.Offer(entry);
                }
                else
                {
                    LogMalformed(feed.Log, payload.Length);
                }
            },
            _stopping.Token);
    }

    private async Task<IReadOnlyList<DeliveredEntry>?> ReadAsync(LogId log, long after, CancellationToken cancellationToken)
    {
        try
        {
            return await _reader.ReadForDeliveryAsync(log.Tenant, new(log.Name), after, RepairPage, cancellationToken);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.ConversationNotFound)
        {
            return null;
        }
#pragma warning disable CA1031 // Whatever stands in the way of reading: it is tried again until it is there or nobody watches.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogReadFailed(exception, log, after);
            return [];
        }
    }

    private void Apply(FeedEffects effects)
    {
        if (!effects.Any)
        {
            return;
        }

        foreach (var watch in effects.EndedWatches)
        {
            Forget(watch);
        }

        foreach (var watch in effects.Doubtful)
        {
            _ = RecheckAsync(watch);
        }
    }

    private void Forget(Watch watch)
    {
        var feed = watch.Feed;
        if (watch.Connection.Watches.Remove(watch))
        {
            _metrics.WatchEnded();
            WatchChanged?.Invoke(feed.Log, watch.Connection.User);
        }

        Watched? ended = null;
        lock (_gate)
        {
            if (feed.IsEmpty && _watched.TryGetValue(feed.Log, out var watched) && watched.Feed == feed)
            {
                _watched.TryRemove(feed.Log, out ended);
            }
        }

        if (ended is not null)
        {
            feed.Dispose();
            _ = UnsubscribeAsync(ended);
        }
    }

    private async Task UnsubscribeAsync(Watched watched)
    {
        try
        {
            if (watched.Subscription is { } subscribing)
            {
                await using var subscription = await subscribing;
            }
        }
#pragma warning disable CA1031 // Nobody waits for this, and nothing more is done with the subscription.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogUnsubscribeFailed(exception, watched.Feed.Log);
        }
    }

    [LoggerMessage(3101, LogLevel.Warning, "Could not read {Log} after {Seq} for delivery; trying again.")]
    private partial void LogReadFailed(Exception exception, LogId log, long seq);

    [LoggerMessage(3102, LogLevel.Warning, "Dropped a payload of {Bytes} bytes on the channel of {Log}: it is no entry.")]
    private partial void LogMalformed(LogId log, int bytes);

    [LoggerMessage(3103, LogLevel.Debug, "Could not unsubscribe from the channel of {Log}.")]
    private partial void LogUnsubscribeFailed(Exception exception, LogId log);

    [LoggerMessage(3104, LogLevel.Warning, "Could not look up a membership in {Log}; its watch is ended.")]
    private partial void LogRecheckFailed(Exception exception, LogId log);

    private sealed class Watched(ConversationFeed feed)
    {
        public ConversationFeed Feed { get; } = feed;

        public Task<IAsyncDisposable>? Subscription { get; set; }
    }
}
