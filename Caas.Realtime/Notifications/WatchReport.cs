using Caas.Core.Notifications;
using Caas.Core.Presence;
using Caas.Realtime.Connections;
using Caas.Realtime.Delivery;
using Caas.Realtime.Replicas;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Notifications;

/// <summary>
/// Says who watches which conversation here, in batches: who begins or ends to, as it is when it is said, and all of it again where it is not kept any more. What could not be told is told later.
/// </summary>
internal sealed class WatchReport : BackgroundService
{
    private const int AtOnce = 500;
    private static readonly TimeSpan TellAgainAfter = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly IWatchDirectory _directory;
    private readonly LocalConnections _connections;
    private readonly ReplicaLease _replica;
    private readonly TimeSpan _askEvery;
    private readonly TimeProvider _clock;
    private HashSet<(LogId Log, UserId User)> _changes = [];

    public WatchReport(IWatchDirectory directory, LocalConnections connections, ConversationWatchers watchers, ReplicaLease replica, IOptions<PresenceOptions> presence, TimeProvider clock)
    {
        (_directory, _connections, _replica, _askEvery, _clock) = (directory, connections, replica, presence.Value.Period, clock);
        watchers.WatchChanged += (log, user) => Add([(log, user)]);
    }

    public override void Dispose()
    {
        base.Dispose();
        _changed.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(TellAsync(stoppingToken), AskAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Normal shutdown: a replica that is gone does not count.
        }
    }

    private async Task TellAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _changed.WaitAsync(cancellationToken);
            foreach (var some in Take().Chunk(AtOnce))
            {
                if (!await _directory.SetAsync(_replica.ReplicaId, [.. some.Select(change => new UserWatch(change.Log, change.User, Watches(change.Log, change.User)))], cancellationToken))
                {
                    Add(some);
                    await Task.Delay(TellAgainAfter, _clock, cancellationToken);
                }
            }
        }
    }

    private async Task AskAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_askEvery, _clock);
        do
        {
            if (!await _directory.IsKeptAsync(_replica.ReplicaId, cancellationToken))
            {
                Add(_connections.All.SelectMany(connection => connection.Watches.Keys.Select(log => (log, connection.User))));
            }
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private void Add(IEnumerable<(LogId Log, UserId User)> changes)
    {
        lock (_gate)
        {
            _changes.UnionWith(changes);
            if (_changes.Count > 0 && _changed.CurrentCount == 0)
            {
                _changed.Release();
            }
        }
    }

    private HashSet<(LogId Log, UserId User)> Take()
    {
        lock (_gate)
        {
            var taken = _changes;
            _changes = [];
            return taken;
        }
    }

    private bool Watches(LogId log, UserId user) => _connections.OfUser(log.Tenant, user).Any(connection => connection.Watches.ContainsKey(log));
}
