using Caas.Core.Entries;
using Caas.Core.Feed;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Caas.Core.EventLog;

/// <summary>
/// Wakes those who wait for their tenant's history to grow. All who wait in this process share one look at the store: at once where the projector runs here, every
/// <see cref="FeedOptions.PollInterval"/> elsewhere, never while nobody waits.
/// </summary>
public sealed partial class EventTail(IFeedStore feed, FeedSignal signal, EventTailSettings settings, EventLogMetrics metrics, TimeProvider clock, IHostApplicationLifetime? lifetime = null)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TenantId, Watch> _watches = [];
    private readonly FeedOptions _feedOptions = settings.Feed.Value;
    private readonly EventLogOptions _options = settings.EventLog.Value;
    private readonly CancellationToken _stopping = lifetime?.ApplicationStopping ?? CancellationToken.None;
    private readonly ILogger _logger = settings.Logger;
    private TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _looking;
    private int _waiting;

    /// <summary>Whether the host stops: nobody waits any more.</summary>
    public bool IsStopping => _stopping.IsCancellationRequested;

    /// <summary>Returns when the tenant's history goes on behind a position, when the time is over, or when the host stops.</summary>
    /// <exception cref="RefusedException"><c>rate_limited</c>: too many wait already.</exception>
    public async Task WaitAsync(TenantId tenant, long after, TimeSpan most, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        var watch = Enter(tenant);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping);
        try
        {
            while (most - clock.GetElapsedTime(began) is { Ticks: > 0 } left)
            {
                var (head, grown) = watch.Now;
                if (head > after)
                {
                    return;
                }

                await FeedSignal.WaitAsync(grown, left, clock, ended.Token);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Whoever waits is answered now, and asks another process.
        }
        finally
        {
            Leave(tenant, watch);
        }
    }

    private Watch Enter(TenantId tenant)
    {
        lock (_gate)
        {
            if (_waiting >= _options.MaxWaiting || (_watches.TryGetValue(tenant, out var known) && known.Waiting >= _options.MaxWaitingPerTenant))
            {
                throw new RefusedException(Refusal.RateLimited, "Too many calls wait for events already: ask without waitSeconds, or later.") { RetryAfter = TimeSpan.FromSeconds(1) };
            }

            if (!_watches.TryGetValue(tenant, out var watch))
            {
                _watches.Add(tenant, watch = new());
            }

            watch.Waiting++;
            _waiting++;
            metrics.Waits(1);
            _joined.TrySetResult();
            if (!_looking)
            {
                _looking = true;
                _ = LookAsync();
            }

            return watch;
        }
    }

    private void Leave(TenantId tenant, Watch watch)
    {
        lock (_gate)
        {
            _waiting--;
            metrics.Waits(-1);
            if (--watch.Waiting == 0)
            {
                _watches.Remove(tenant);
            }
        }
    }

    private async Task LookAsync()
    {
        // Never on the caller's stack: it holds the lock.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            (TenantId Tenant, Watch Watch)[] watched;
            Task news, joined;
            lock (_gate)
            {
                if (_watches.Count == 0)
                {
                    _looking = false;
                    return;
                }

                _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
                (news, joined, watched) = (signal.Next, _joined.Task, [.. _watches.Select(pair => (pair.Key, pair.Value))]);
            }

            var pause = _feedOptions.PollInterval;
            try
            {
                foreach (var (tenant, watch) in watched)
                {
                    watch.Reached(await feed.ReadHeadAsync(tenant, CancellationToken.None));
                }
            }
#pragma warning disable CA1031 // Whoever waits would wait in vain for ever after: whatever it is, it is logged, and looked again.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                LogFailed(exception, exception is StoreUnavailableException ? LogLevel.Warning : LogLevel.Error);
                (news, joined, pause) = (Task.Delay(_feedOptions.MaxBackoff, clock), Task.Delay(_feedOptions.MaxBackoff, clock), _feedOptions.MaxBackoff);
            }

            await FeedSignal.WaitAsync(Task.WhenAny(news, joined), pause, clock, CancellationToken.None);
        }
    }

    /// <summary>Those who wait for one tenant.</summary>
    private sealed class Watch
    {
        private readonly Lock _gate = new();
        private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _head;

        public int Waiting { get; set; }

        public (long Head, Task Grown) Now
        {
            get
            {
                lock (_gate)
                {
                    return (_head, _grown.Task);
                }
            }
        }

        public void Reached(long head)
        {
            lock (_gate)
            {
                if (head > _head)
                {
                    _head = head;
                    _grown.TrySetResult();
                    _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }
        }
    }

    [LoggerMessage(EventId = 8091, Message = "The store could not be asked for news; calls that wait for events are answered later.")]
    private partial void LogFailed(Exception exception, LogLevel level);
}

/// <summary>How waiting for events works, and where it is told of.</summary>
public sealed record EventTailSettings(IOptions<FeedOptions> Feed, IOptions<EventLogOptions> EventLog, ILogger<EventTail> Logger);
