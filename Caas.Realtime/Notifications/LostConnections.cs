using System.Collections.Concurrent;
using System.Threading.Channels;
using Caas.Core.Notifications;
using Caas.Core.Presence;
using Caas.Realtime.Connections;
using Caas.Realtime.Hubs;
using Caas.Realtime.Presence;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Notifications;

/// <summary>
/// Has made up for what came while a user was taken for connected and was not: until a connection that died without a goodbye was noticed, until a replica that died was, and while a connection that
/// ended counted on.
/// </summary>
internal sealed partial class LostConnections : BackgroundService, IHubFilter
{
    private const int AtOnce = 8;

    /// <summary>SignalR's own, where nothing else is set.</summary>
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(30);

    /// <summary>What travels meanwhile.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(TenantId Tenant, UserId User), DateTimeOffset> _lost = [];
    private readonly Channel<(TenantId Tenant, UserId User, DateTimeOffset Since)> _gone = Channel.CreateBounded<(TenantId, UserId, DateTimeOffset)>(new BoundedChannelOptions(100_000) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly MissedNotifications _missed;
    private readonly LocalConnections _connections;
    private readonly TimeSpan _timeout;
    private readonly PresenceOptions _presence;
    private readonly bool _enabled;
    private readonly TimeProvider _clock;
    private readonly ILogger<LostConnections> _logger;

    public LostConnections(
        MissedNotifications missed, LocalConnections connections, PresenceTracker tracker, IOptions<HubOptions<RealtimeHub>> hub, IOptions<PresenceOptions> presence, IOptions<NotificationOptions> options, TimeProvider clock, ILogger<LostConnections> logger)
    {
        (_missed, _connections, _presence, _enabled, _clock, _logger) = (missed, connections, presence.Value, options.Value.Enabled, clock, logger);
        _timeout = hub.Value.ClientTimeoutInterval ?? UsualTimeout;
        tracker.WentOffline += Gone;
    }

    /// <summary>A connection ends: with an exception it did so by itself, and may have been dead since its last sign of life.</summary>
    public Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        if (exception is not null && _connections.TryGet(context.Context.ConnectionId, out var connection))
        {
            _lost[(connection.Tenant, connection.User)] = _clock.GetUtcNow() - _timeout;
        }

        return next(context, exception);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => WorkAsync(stoppingToken)));

    /// <param name="swept">Their replica died.</param>
    private void Gone(IReadOnlyList<PresenceRecord> users, bool swept)
    {
        var now = _clock.GetUtcNow();
        foreach (var user in users.Where(_ => _enabled))
        {
            var since = swept ? now - _presence.Lease - (_presence.Period * 2) : now - _presence.Grace;
            _gone.Writer.TryWrite((user.Tenant, user.User, (_lost.TryRemove((user.Tenant, user.User), out var lost) && lost < since ? lost : since) - Slack));
        }

        foreach (var old in _lost.Where(one => one.Value < now - _timeout - _presence.Grace - TimeSpan.FromMinutes(1)))
        {
            _lost.TryRemove(old); // Another device of the user was there.
        }
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            await foreach (var (tenant, user, since) in _gone.Reader.ReadAllAsync(stoppingToken))
            {
                await MakeUpAsync(tenant, user, since, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Normal shutdown.
        }
    }

    private async Task MakeUpAsync(TenantId tenant, UserId user, DateTimeOffset since, CancellationToken stoppingToken)
    {
        try
        {
            await _missed.MakeUpAsync(tenant, user, since, stoppingToken);
        }
#pragma warning disable CA1031 // Whatever is wrong with one user's does not concern the others: the inbox has it.
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogNotMadeUp(exception, tenant);
        }
    }

    [LoggerMessage(3193, LogLevel.Warning, "What came to a user of tenant {Tenant} while a connection died could not be pushed; the inbox has it.")]
    private partial void LogNotMadeUp(Exception exception, TenantId tenant);
}
