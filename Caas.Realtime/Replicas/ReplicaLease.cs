using Caas.Core.Delivery;
using Caas.Realtime.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Replicas;

/// <summary>Tells the directory of replicas that this one lives, where clients find it, and how many it has: every 2 s a lease of 8 s, until it drains.</summary>
internal sealed partial class ReplicaLease(IReplicaDirectory directory, LocalConnections connections, DrainState drain, IServer server, IdGenerator ids, IOptions<RealtimeOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<ReplicaLease> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(8);

    /// <summary>A replica that starts serves before its connection to Redis stands: until the first lease is written no client comes, and it is not healthy.</summary>
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan WithdrawPatience = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _writing = new(1);
    private readonly long _made = clock.GetTimestamp();
    private bool _failing;
    private volatile bool _stood;

    /// <summary>Unique per process start.</summary>
    public string ReplicaId { get; } = ids.Next();

    /// <summary>For how long nobody has been sent here, for no lease was written since the start; null: one was.</summary>
    public TimeSpan? Unannounced => _stood ? null : clock.GetElapsedTime(_made);

    /// <summary>Takes the lease back; it is not renewed any more.</summary>
    public async Task WithdrawAsync()
    {
        drain.Begin();
        using var patience = new CancellationTokenSource(WithdrawPatience, clock);
        try
        {
            // A renewal that is under way must not come after.
            await _writing.WaitAsync(patience.Token);
            try
            {
                await directory.WithdrawAsync(ReplicaId, patience.Token).WaitAsync(patience.Token);
            }
            finally
            {
                _writing.Release();
            }
        }
#pragma warning disable CA1031 // Without the directory the lease runs out by itself.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogNotWithdrawn(exception);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await StartedAsync(stoppingToken);
            while (!drain.IsDraining)
            {
                await Task.Delay(await AnnounceAsync(stoppingToken) ? Period : Retry, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Normal shutdown.
        }
    }

    private async Task StartedAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lifetime.ApplicationStarted.Register(() => started.TrySetResult());
        await started.Task.WaitAsync(stoppingToken);
    }

    /// <returns>Whether the lease stands.</returns>
    private async Task<bool> AnnounceAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (!drain.IsDraining)
            {
                var stands = await directory.AnnounceAsync(new(ReplicaId, PublicUrl(), connections.Count), Lease, cancellationToken);
                _failing = false;
                _stood |= stands;
                return stands;
            }

            return false;
        }
#pragma warning disable CA1031 // The directory may be gone: the replica serves on, and announces itself when it is back.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            if (!_failing)
            {
                _failing = true;
                LogNotAnnounced(exception);
            }

            return false;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>What clients are sent to; known once the host has started.</summary>
    public string PublicUrl()
    {
        if (options.Value.PublicUrl is { Length: > 0 } configured)
        {
            return configured;
        }

        var bound = server.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault();
        return $"http://localhost:{(bound is null ? options.Value.Port : BindingAddress.Parse(bound).Port)}";
    }

    [LoggerMessage(3160, LogLevel.Warning, "Could not announce this replica; negotiate does not send clients here until that works again.")]
    private partial void LogNotAnnounced(Exception exception);

    [LoggerMessage(3161, LogLevel.Debug, "Could not withdraw this replica's lease; it runs out by itself.")]
    private partial void LogNotWithdrawn(Exception exception);
}
