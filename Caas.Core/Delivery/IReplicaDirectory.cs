namespace Caas.Core.Delivery;

/// <summary>Which realtime replicas live now, and how loaded they are: a lease of 8 s each in Redis.</summary>
public interface IReplicaDirectory
{
    /// <summary>Writes or renews a replica's lease.</summary>
    /// <returns>Whether it stands: false while Redis cannot be reached.</returns>
    Task<bool> AnnounceAsync(Replica replica, TimeSpan lease, CancellationToken cancellationToken);

    /// <summary>Takes the lease back at once: no client is sent there any more.</summary>
    Task WithdrawAsync(string replicaId, CancellationToken cancellationToken);

    /// <summary>The replicas whose lease stands. When Redis is gone: those seen last, for up to 60 s, then none.</summary>
    Task<IReadOnlyList<Replica>> ListAsync(CancellationToken cancellationToken);
}

/// <summary>Stands where nobody knows of replicas.</summary>
internal sealed class NoReplicaDirectory : IReplicaDirectory
{
    public Task<bool> AnnounceAsync(Replica replica, TimeSpan lease, CancellationToken cancellationToken) => Task.FromResult(false);

    public Task WithdrawAsync(string replicaId, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<Replica>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Replica>>([]);
}

/// <param name="Id">Unique per process start.</param>
/// <param name="PublicUrl">What clients are redirected to, such as <c>http://localhost:3002</c>.</param>
/// <param name="Connections">How many live connections it has.</param>
public sealed record Replica(string Id, string PublicUrl, int Connections);
