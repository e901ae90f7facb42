using Caas.Core.Presence;
using Caas.Realtime.Connections;
using Caas.Realtime.Replicas;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Presence;

/// <summary>
/// Tells the directory of this replica's devices: of each user whether there is one, and whether one is in use. What changes is written together, behind the calls, and again when the
/// directory has lost it; a connection that is lost counts on for a while, so that who comes back was never away. Connections cost nothing while nothing happens.
/// </summary>
internal sealed partial class PresenceTracker(IPresenceDirectory directory, IPresenceStore store, PresenceAnnouncer announcer, PresenceMetrics metrics, ReplicaLease replica, IOptions<PresenceOptions> options, TimeProvider clock, ILogger<PresenceTracker> logger) : BackgroundService, IConnectionObserver
{
    private const int MostAtOnce = 500;

    /// <summary>Every how many periods the tenants' figures are read.</summary>
    private const int FiguresEvery = 8;

    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500);

    private readonly LocalDevices _devices = new(options.Value.Grace, clock);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private bool _failing;
    private int _ticks;

    /// <summary>The lease was gone: whatever the directory knew of anyone may be gone too.</summary>
    public event Action? Lost;

    /// <summary>Users have no device any more; whether that was found out because their replica died.</summary>
    public event Action<IReadOnlyList<PresenceRecord>, bool>? WentOffline;

    public void Joined(RealtimeConnection connection) => Connected(connection.Tenant, connection.User, connection.Id);

    /// <param name="device">The connection's id.</param>
    public void Connected(TenantId tenant, UserId user, string device)
    {
        if (_devices.Add(tenant, user, device))
        {
            Wake();
        }
    }

    public void Left(RealtimeConnection connection)
    {
        _devices.Leave(connection.Tenant, connection.User, connection.Id);
        Wake();
    }

    /// <summary>Whether this device is in use.</summary>
    public void SetIdle(RealtimeConnection connection, bool idle)
    {
        if (_devices.SetIdle(connection.Tenant, connection.User, connection.Id, idle))
        {
            Wake();
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);

        // Nobody says so later, should nothing be left that knows: a directory in this process goes with it. Who comes back elsewhere is seen later still.
        await announcer.SeenAsync(_devices.Visible(), DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()), cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var ticked = long.MinValue;
        try
        {
            while (true)
            {
                var wait = options.Value.Period;
                try
                {
                    if (ticked == long.MinValue || clock.GetElapsedTime(ticked) >= options.Value.Period)
                    {
                        ticked = await TickAsync(stoppingToken) ? long.MinValue : clock.GetTimestamp();
                    }

                    _devices.EndGrace();
                    await FlushAsync(stoppingToken);
                    _failing = false;
                    wait = ticked == long.MinValue ? TimeSpan.Zero : Shorter(options.Value.Period - clock.GetElapsedTime(ticked), _devices.NextEnd());
                }
#pragma warning disable CA1031 // Whatever stands in the way: it is tried again, for as long as there are devices to tell of.
                catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    LogOnce(exception);
                    ticked = long.MinValue;
                    await Task.Delay(Shorter(Retry, options.Value.Period), clock, stoppingToken);
                }

                if (wait > TimeSpan.Zero)
                {
                    await WaitAsync(wait, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Normal shutdown.
        }
    }

    /// <returns>Whether there is more to be swept.</returns>
    private async Task<bool> TickAsync(CancellationToken cancellationToken)
    {
        var tick = await directory.TickAsync(replica.ReplicaId, options.Value.Lease, cancellationToken);
        if (!tick.Renewed && _devices.Rewrite() > 0)
        {
            metrics.Rewritten();
            LogRewriting();
        }

        await announcer.AnnounceAsync(tick.Changes, CancellationToken.None);
        TellOffline(tick.Changes, swept: true);
        if (!tick.Renewed)
        {
            Lost?.Invoke();
        }

        if (_ticks++ % FiguresEvery == 0)
        {
            await ReadFiguresAsync(cancellationToken);
        }

        return tick.More;
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (_devices.Take(MostAtOnce) is { Count: > 0 } taken)
        {
            try
            {
                // First what they want to be seen as: nobody who hides is seen for a moment.
                var choices = await ReadChoicesAsync(taken, cancellationToken);
                DeviceReport[] reports = [.. taken.Select(user => new DeviceReport(user.Tenant, user.User, user.Devices, choices.GetValueOrDefault((user.Tenant, user.User))))];
                var changes = await directory.ReportAsync(replica.ReplicaId, reports, cancellationToken);
                if (changes is null)
                {
                    _devices.PutBack(taken);
                    await TickAsync(cancellationToken);
                    continue;
                }

                _devices.Written(taken, changes);
                await announcer.AnnounceAsync(changes, CancellationToken.None);
                TellOffline(changes, swept: false);
            }
            catch
            {
                _devices.PutBack(taken);
                throw;
            }
        }
    }

    private void TellOffline(IReadOnlyList<PresenceChange> changes, bool swept)
    {
        if (changes.Where(change => change.Record.Status == PresenceStatus.Offline).Select(change => change.Record).ToArray() is { Length: > 0 } gone)
        {
            WentOffline?.Invoke(gone, swept);
        }
    }

    private async Task<Dictionary<(TenantId, UserId), PresenceChoice>> ReadChoicesAsync(IReadOnlyList<LocalUser> taken, CancellationToken cancellationToken)
    {
        var choices = new Dictionary<(TenantId, UserId), PresenceChoice>();
        var now = clock.GetUtcNow();
        foreach (var tenant in taken.Where(user => user.IsNew).GroupBy(user => user.Tenant))
        {
            foreach (var stored in await store.FindManyAsync(tenant.Key, [.. tenant.Select(user => user.User)], cancellationToken))
            {
                if (stored.Choice is { } choice && !(choice.ExpiresAt <= now))
                {
                    choices[(tenant.Key, stored.User)] = choice;
                }
            }
        }

        return choices;
    }

    private async Task ReadFiguresAsync(CancellationToken cancellationToken)
    {
        var figures = new Dictionary<TenantId, PresenceSummary>();
        foreach (var tenant in _devices.Tenants().Take(PresenceMetrics.MostTenants))
        {
            figures[tenant] = await directory.SummarizeAsync(tenant, cancellationToken);
        }

        metrics.Replace(figures);
    }

    private async Task WaitAsync(TimeSpan wait, CancellationToken stoppingToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var woken = _wake.WaitAsync(enough.Token);
        await Task.WhenAny(woken, Task.Delay(wait, clock, enough.Token));
        await enough.CancelAsync();
        await woken.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stoppingToken.ThrowIfCancellationRequested();
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void LogOnce(Exception exception)
    {
        if (!_failing)
        {
            _failing = true;
            LogNotTold(exception);
        }
    }

    [LoggerMessage(3191, LogLevel.Warning, "Could not tell who is there; nobody is told of changes until that works again.")]
    private partial void LogNotTold(Exception exception);

    [LoggerMessage(3192, LogLevel.Information, "The lease of this replica's devices was gone; they are written again.")]
    private partial void LogRewriting();
}
