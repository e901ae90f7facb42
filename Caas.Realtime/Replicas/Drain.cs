using Caas.Realtime.Connections;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Replicas;

/// <summary>
/// Lets a stopping replica go: takes its lease back, tells its clients, takes no new ones, lets calls end, and closes the connections spread over a short time. SignalR closes everything
/// at once when the host begins to stop; this comes before.
/// </summary>
internal sealed partial class Drain(ReplicaLease lease, LocalConnections connections, IOptions<RealtimeOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<Drain> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FarewellPatience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private CancellationTokenRegistration _registration;
    private Task? _draining;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Callbacks run in the opposite order of their registration, and SignalR registered when its hub was mapped: this one runs first. A signal to stop comes this way.
        _registration = lifetime.ApplicationStopping.Register(() =>
        {
#pragma warning disable VSTHRD002 // There is no other way to hold up those who stop next; bounded by the drain's own time.
            DrainAsync().GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        });
        return Task.CompletedTask;
    }

    /// <summary>A host that is stopped by its owner comes this way, before everybody else.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => DrainAsync();

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        _registration.Dispose();
        return Task.CompletedTask;
    }

    private Task DrainAsync()
    {
        lock (_gate)
        {
            return _draining ??= Task.Run(DrainOnceAsync);
        }
    }

    private async Task DrainOnceAsync()
    {
        var started = clock.GetTimestamp();
        await lease.WithdrawAsync();
        var all = connections.All.ToArray();
        var time = options.Value.Drain;
        LogDraining(all.Length, time);
        foreach (var connection in all)
        {
            connection.Send(nameof(IRealtimeClient.Draining), new Draining((int)time.TotalMilliseconds));
        }

        var patience = time < MostPatience ? time : MostPatience;
        await Task.WhenAll(all.Select(async (connection, i) =>
        {
            await Task.Delay(time * i / all.Length, clock);
            await connection.DrainAsync(patience);
        }));

        // Those who came between.
        await Task.WhenAll(connections.All.Except(all).Select(connection => connection.DrainAsync(patience)));
        var cutOff = await CutOffRestAsync();
        LogDrained(clock.GetElapsedTime(started), cutOff);
    }

    /// <summary>A client that does not read does not take its farewell either; it must not hold up the host.</summary>
    private async Task<int> CutOffRestAsync()
    {
        for (var waited = TimeSpan.Zero; waited < FarewellPatience && connections.Count > 0; waited += Look)
        {
            await Task.Delay(Look, clock);
        }

        var left = connections.All.ToArray();
        foreach (var connection in left)
        {
            connection.CutOff();
        }

        return left.Length;
    }

    [LoggerMessage(3162, LogLevel.Information, "Draining {Connections} connections over {Time}.")]
    private partial void LogDraining(int connections, TimeSpan time);

    [LoggerMessage(3163, LogLevel.Information, "Drained in {Elapsed}; {CutOff} connections did not take their farewell and were cut off.")]
    private partial void LogDrained(TimeSpan elapsed, int cutOff);
}
