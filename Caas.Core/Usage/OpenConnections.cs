using Caas.Core.Delivery;

namespace Caas.Core.Usage;

/// <summary>How many realtime connections a tenant has now: of replicas whose lease stands. What one said that died, or goes, stands in nobody's way who comes back elsewhere.</summary>
public sealed class OpenConnections(IUsageStore usage, IReplicaDirectory replicas, TimeProvider clock)
{
    public async Task<long> CountAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        // Where nobody knows which replicas live, what they said runs out by itself.
        var living = await replicas.ListAsync(cancellationToken);
        return await usage.CountConnectionsAsync(tenant, living.Count == 0 ? null : [.. living.Select(replica => replica.Id)], clock.GetUtcNow(), cancellationToken);
    }
}
