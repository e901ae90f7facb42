using System.Collections.Concurrent;
using Caas.Realtime.Hubs;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.StackExchangeRedis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Caas.Realtime.Connections;

/// <summary>
/// SignalR's stock Redis backplane for what goes to users, with two differences: every connection is registered for our own delivery, and a connection lives whether Redis does or not.
/// What could not be subscribed is subscribed when Redis is back; subscriptions that stood are restored by the client library.
/// </summary>
internal sealed partial class BackplaneLifetimeManager(
    ConnectionRegistrar registrar,
    IConnectionMultiplexer redis,
    ILoggerFactory loggers,
    IOptions<RedisOptions> options,
    IHubProtocolResolver protocols) : RedisHubLifetimeManager<RealtimeHub>(loggers.CreateLogger<RedisHubLifetimeManager<RealtimeHub>>(), options, protocols)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger = loggers.CreateLogger<BackplaneLifetimeManager>();
    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];
    private readonly ConcurrentDictionary<string, Subscribing> _subscribing = new();

    /// <summary>For <see cref="RedisOptions.ConnectionFactory"/>: the host's own client, once it is connected. What the base class subscribes to at its start would fail before.</summary>
    public static async Task<IConnectionMultiplexer> WhenConnectedAsync(IConnectionMultiplexer redis, CancellationToken stopped)
    {
        while (!redis.IsConnected)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), stopped);
        }

        return redis;
    }

    public override async Task OnConnectedAsync(HubConnectionContext connection)
    {
        registrar.Add(connection);
        var subscribing = new Subscribing();
        _subscribing[connection.ConnectionId] = subscribing;
        subscribing.Task = SubscribeAsync(connection, subscribing);
        await subscribing.Task.WaitAsync(Patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override async Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        registrar.Remove(connection);
        if (!_subscribing.TryRemove(connection.ConnectionId, out var subscribing))
        {
            return;
        }

        await subscribing.Ended.CancelAsync();
        await subscribing.Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (subscribing.Task.IsCompletedSuccessfully)
        {
            await UnsubscribeAsync(connection);
        }

        subscribing.Ended.Dispose();
    }

    /// <summary>Without Redis the user's connections of this replica get it, at least.</summary>
    public override Task SendUserAsync(string userId, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        redis.IsConnected ? base.SendUserAsync(userId, methodName, args, cancellationToken) : registrar.SendLocallyAsync([userId], methodName, args);

    public override Task SendUsersAsync(IReadOnlyList<string> userIds, string methodName, object?[] args, CancellationToken cancellationToken = default) =>
        redis.IsConnected ? base.SendUsersAsync(userIds, methodName, args, cancellationToken) : registrar.SendLocallyAsync(userIds, methodName, args);

    private async Task SubscribeAsync(HubConnectionContext connection, Subscribing subscribing)
    {
        while (!redis.IsConnected || !await TrySubscribeAsync(connection))
        {
            await Task.Delay(Retry, subscribing.Ended.Token);
        }
    }

    private async Task<bool> TrySubscribeAsync(HubConnectionContext connection)
    {
        // One at a time for each user: the base class subscribes with a user's first connection, and believes that it stands when a second comes.
        var stripe = _stripes[(uint)(connection.UserIdentifier ?? "").GetHashCode(StringComparison.Ordinal) % _stripes.Length];
        await stripe.WaitAsync();
        try
        {
            await base.OnConnectedAsync(connection);
            return true;
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            LogNotSubscribed(connection.ConnectionId, exception.Message);
            await UnsubscribeAsync(connection);
            return false;
        }
        finally
        {
            stripe.Release();
        }
    }

    private async Task UnsubscribeAsync(HubConnectionContext connection)
    {
        try
        {
            await base.OnDisconnectedAsync(connection);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            // Redis is gone, and with it the subscription.
            LogNotSubscribed(connection.ConnectionId, exception.Message);
        }
    }

    [LoggerMessage(3141, LogLevel.Debug, "The backplane's subscriptions of connection {ConnectionId} wait: {Reason}")]
    private partial void LogNotSubscribed(string connectionId, string reason);

    private sealed class Subscribing
    {
        public CancellationTokenSource Ended { get; } = new();

        public Task Task { get; set; } = Task.CompletedTask;
    }
}
