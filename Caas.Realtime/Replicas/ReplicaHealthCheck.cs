using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Caas.Realtime.Replicas;

/// <summary>
/// Whether clients may come here. A replica whose first lease is not written is not ready: a rolling restart that went on would leave nobody to send clients to. Without Redis that may never
/// come, and it serves whom it has: after <see cref="Patience"/> it is degraded.
/// </summary>
internal sealed class ReplicaHealthCheck(ReplicaLease lease, DrainState drain) : IHealthCheck
{
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) => Task.FromResult(
        drain.IsDraining ? HealthCheckResult.Unhealthy("It drains: its clients go to other replicas.")
        : lease.Unannounced is not { } since ? HealthCheckResult.Healthy()
        : since < Patience ? HealthCheckResult.Unhealthy("It is not announced yet: no client is sent here.")
        : HealthCheckResult.Degraded("It could not be announced: no client is sent here."));
}
