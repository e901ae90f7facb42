using System.Collections.Concurrent;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Caas.Adapters.Redis;

/// <summary>Conversations' channels over Redis publish/subscribe: <c>caas/entries/{tenant}/{conversation}</c>.</summary>
internal sealed partial class RedisConversationChannels : IConversationChannels, IDisposable
{
    /// <summary>
    /// Publications without an answer yet. A Redis that hangs would otherwise gather them in our memory; 16,384 is a second of a busy replica.
    /// </summary>
    private const int MostPending = 16_384;

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<Subscription, RedisChannel> _subscriptions = new();
    private readonly IConnectionMultiplexer _redis;
    private readonly ISubscriber _subscriber;
    private readonly RedisMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisConversationChannels> _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ChannelMessageQueue _revocations;
    private int _pending;
    private int _losses;
    private int _watching;

    public RedisConversationChannels(IConnectionMultiplexer redis, RedisMetrics metrics, TimeProvider time, ILogger<RedisConversationChannels> logger)
    {
        (_redis, _subscriber, _metrics, _time, _logger) = (redis, redis.GetSubscriber(), metrics, time, logger);
        redis.ConnectionFailed += OnConnectionFailed;
        _revocations = _subscriber.Subscribe(RedisKeys.Revocations, CommandFlags.FireAndForget);
        _revocations.OnMessage(_ => RevocationHinted?.Invoke());
        if (!IsConnected)
        {
            OnConnectionFailed(this, null);
        }
    }

    public event Action? Reconnected;

    public event Action? RevocationHinted;

    public bool IsConnected => _subscriber.IsConnected();

    public void Publish(LogId log, ReadOnlyMemory<byte> payload) => Publish(RedisKeys.Entries(log), payload);

    public void PublishRevocationHint() => Publish(RedisKeys.Revocations, "revoked"u8.ToArray());

    public async ValueTask<IAsyncDisposable> SubscribeAsync(LogId log, Action<ReadOnlyMemory<byte>> receive, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();

        // Fire-and-forget registers the queue even when Redis is gone; the driver subscribes it as soon as it is back.
        var channel = RedisKeys.Entries(log);
        var subscription = new Subscription(this, _subscriber.Subscribe(channel, CommandFlags.FireAndForget), receive);
        _subscriptions[subscription] = channel;
        try
        {
            // At the second try the driver has been asked again; more can only be done once Redis is back, and then is.
            for (var tries = 0; tries < 2 && IsConnected && !await StandsAsync([channel], cancellationToken); tries++)
            {
            }
        }
        catch (OperationCanceledException)
        {
            await subscription.DisposeAsync();
            throw;
        }

        return subscription;
    }

    public void Dispose()
    {
        _redis.ConnectionFailed -= OnConnectionFailed;
        _stopping.Cancel();
        _stopping.Dispose();
        _revocations.Unsubscribe(CommandFlags.FireAndForget);
    }

    private void Publish(RedisChannel channel, ReadOnlyMemory<byte> payload)
    {
        if (Volatile.Read(ref _pending) >= MostPending)
        {
            _metrics.Dropped();
            return;
        }

        Interlocked.Increment(ref _pending);
        try
        {
            var published = _subscriber.PublishAsync(channel, payload);
            if (published.IsCompleted)
            {
                Count(published);
            }
            else
            {
                _ = published.ContinueWith(static (task, self) => ((RedisConversationChannels)self!).Count(task), this, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException or ObjectDisposedException)
        {
            Interlocked.Decrement(ref _pending);
            _metrics.Dropped();
        }
    }

    private void Count(Task published)
    {
        Interlocked.Decrement(ref _pending);
        if (published.IsCompletedSuccessfully)
        {
            _metrics.Published();
        }
        else
        {
            _ = published.Exception;
            _metrics.Dropped();
        }
    }

    private void OnConnectionFailed(object? sender, ConnectionFailedEventArgs? e)
    {
        Interlocked.Increment(ref _losses);
        if (Interlocked.Exchange(ref _watching, 1) == 0)
        {
            _ = WatchAsync(_stopping.Token);
        }
    }

    /// <summary>Asks until everything stands again, then tells. The driver's own events come before its subscriptions stand, and not after every loss.</summary>
    private async Task WatchAsync(CancellationToken stopping)
    {
        int seen;
        LogGone();
        do
        {
            seen = Volatile.Read(ref _losses);
            try
            {
                do
                {
                    await Task.Delay(AskAgainAfter, _time, stopping);
                }
                while (!await StandsAsync(_subscriptions.Values.Append(RedisKeys.Revocations), stopping));
            }
            catch (OperationCanceledException)
            {
                return;
            }

            LogBack();
            _metrics.Reconnected();
            try
            {
                Reconnected?.Invoke();
            }
            finally
            {
                Volatile.Write(ref _watching, 0);
            }
        }
        while (seen != Volatile.Read(ref _losses) && Interlocked.Exchange(ref _watching, 1) == 0);
    }

    /// <summary>Whether Redis has subscribed us to all of these channels. The driver is asked again for those that it has not.</summary>
    private async Task<bool> StandsAsync(IEnumerable<RedisChannel> channels, CancellationToken cancellationToken)
    {
        try
        {
            // What the subscribing connection answers now, it answers after all that was sent on it before.
            await _subscriber.PingAsync().WaitAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is RedisException or TimeoutException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }

        var all = true;
        foreach (var channel in channels)
        {
            if (_subscriber.SubscribedEndpoint(channel) is null)
            {
                all = false;
                (await _subscriber.SubscribeAsync(channel, CommandFlags.FireAndForget)).Unsubscribe(CommandFlags.FireAndForget);
            }
        }

        return all;
    }

    [LoggerMessage(7001, LogLevel.Warning, "Redis is gone: live delivery between replicas waits until it is back; nothing stored is affected.")]
    private partial void LogGone();

    [LoggerMessage(7002, LogLevel.Information, "Redis is connected and all subscriptions stand.")]
    private partial void LogBack();

    /// <summary>One receiver of one channel. The driver's queue keeps the order; its handlers would run side by side.</summary>
    private sealed class Subscription : IAsyncDisposable
    {
        private readonly RedisConversationChannels _channels;
        private readonly ChannelMessageQueue _queue;
        private volatile bool _disposed;

        public Subscription(RedisConversationChannels channels, ChannelMessageQueue queue, Action<ReadOnlyMemory<byte>> receive)
        {
            (_channels, _queue) = (channels, queue);
            queue.OnMessage(message =>
            {
                if (!_disposed)
                {
                    channels._metrics.Received();
                    receive(message.Message);
                }
            });
        }

        public async ValueTask DisposeAsync()
        {
            _disposed = true;
            _channels._subscriptions.TryRemove(this, out _);
            await _queue.UnsubscribeAsync(CommandFlags.FireAndForget);
        }
    }
}
