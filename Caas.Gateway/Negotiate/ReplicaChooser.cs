using Caas.Core.Delivery;

namespace Caas.Gateway.Negotiate;

/// <summary>
/// Chooses the least loaded live replica. A lease tells the load of its last renewal; what this gateway has sent there since is added, so that a wave of clients spreads.
/// </summary>
internal sealed class ReplicaChooser(IReplicaDirectory directory, TimeProvider clock)
{
    /// <summary>After so long an assigned client is connected and counted by its lease, or never came.</summary>
    private static readonly TimeSpan AssignmentLifetime = TimeSpan.FromSeconds(10);

    /// <summary>A renewed lease counts the clients that were assigned before this.</summary>
    private static readonly TimeSpan ConnectTime = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Assignments> _assignments = new(StringComparer.Ordinal);

    /// <returns>Null: no replica lives.</returns>
    public async Task<Replica?> ChooseAsync(CancellationToken cancellationToken)
    {
        var replicas = await directory.ListAsync(cancellationToken);
        lock (_lock)
        {
            foreach (var gone in _assignments.Keys.Except(replicas.Select(replica => replica.Id)).ToList())
            {
                _assignments.Remove(gone);
            }

            var candidates = replicas.Select(replica => (Replica: replica, Load: replica.Connections + Recent(replica).Count)).ToList();
            if (candidates.Count == 0)
            {
                return null;
            }

            var least = candidates.Min(candidate => candidate.Load);
            var best = candidates.Where(candidate => candidate.Load == least).ToList();
#pragma warning disable CA5394 // Spreads load; nothing depends on nobody guessing it.
            var chosen = best[Random.Shared.Next(best.Count)].Replica;
#pragma warning restore CA5394
            _assignments[chosen.Id].Times.Enqueue(clock.GetTimestamp());
            return chosen;
        }
    }

    private Queue<long> Recent(Replica replica)
    {
        if (!_assignments.TryGetValue(replica.Id, out var assignments))
        {
            _assignments[replica.Id] = assignments = new Assignments { Connections = replica.Connections };
        }

        var counted = replica.Connections != assignments.Connections;
        assignments.Connections = replica.Connections;
        while (assignments.Times.TryPeek(out var oldest) && clock.GetElapsedTime(oldest) > (counted ? ConnectTime : AssignmentLifetime))
        {
            assignments.Times.Dequeue();
        }

        return assignments.Times;
    }

    private sealed class Assignments
    {
        /// <summary>What the lease said last.</summary>
        public int Connections { get; set; }

        public Queue<long> Times { get; } = new();
    }
}
