using Caas.Realtime.Connections;

namespace Caas.Realtime.Replicas;

/// <summary>Says in the log when this replica begins and ends to serve.</summary>
internal sealed partial class ReplicaLog(ReplicaLease lease, LocalConnections connections, IHostApplicationLifetime lifetime, ILogger<ReplicaLog> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(() => LogStarted(lease.ReplicaId, lease.PublicUrl()));
        lifetime.ApplicationStopped.Register(() => LogStopped(lease.ReplicaId, connections.Count));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(3164, LogLevel.Information, "Replica {ReplicaId} serves; clients find it at {Url}.")]
    private partial void LogStarted(string replicaId, string url);

    [LoggerMessage(3165, LogLevel.Information, "Replica {ReplicaId} has stopped; {Connections} connections were left.")]
    private partial void LogStopped(string replicaId, int connections);
}
