using System.Threading.Channels;
using Caas.Core.Notifications;
using Caas.Realtime.Connections;
using Caas.Realtime.Delivery;
using Caas.Realtime.Replicas;

namespace Caas.Realtime.Notifications;

/// <summary>Says who watches which conversation here, in batches: who begins or ends to, as it is when it is said.</summary>
internal sealed class WatchReport : BackgroundService
{
    private const int AtOnce = 500;

    private readonly Channel<(LogId Log, UserId User)> _changes = Channel.CreateUnbounded<(LogId, UserId)>(new() { SingleReader = true });
    private readonly IWatchDirectory _directory;
    private readonly LocalConnections _connections;
    private readonly ReplicaLease _replica;

    public WatchReport(IWatchDirectory directory, LocalConnections connections, ConversationWatchers watchers, ReplicaLease replica)
    {
        (_directory, _connections, _replica) = (directory, connections, replica);
        watchers.WatchChanged += (log, user) => _changes.Writer.TryWrite((log, user));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _changes.Reader.WaitToReadAsync(stoppingToken))
            {
                var changed = new HashSet<(LogId Log, UserId User)>();
                while (changed.Count < AtOnce && _changes.Reader.TryRead(out var change))
                {
                    changed.Add(change);
                }

                await _directory.SetAsync(_replica.ReplicaId, [.. changed.Select(change => new UserWatch(change.Log, change.User, Watches(change.Log, change.User)))], stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Normal shutdown: a replica that is gone does not count.
        }
    }

    private bool Watches(LogId log, UserId user) => _connections.OfUser(log.Tenant, user).Any(connection => connection.Watches.ContainsKey(log));
}
