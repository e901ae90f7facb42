using Caas.Core.Delivery;
using Caas.Core.Entries;

namespace Caas.Tests.Gateway;

/// <summary>A backplane with nobody behind it: what the gateway's tests need of Redis.</summary>
public sealed class LocalChannels : IConversationChannels, IAsyncDisposable
{
    public bool IsConnected => true;

    public event Action? Reconnected
    {
        add { }
        remove { }
    }

    public event Action? RevocationHinted;

    public void Publish(LogId log, ReadOnlyMemory<byte> payload)
    {
    }

    public ValueTask<IAsyncDisposable> SubscribeAsync(LogId log, Action<ReadOnlyMemory<byte>> receive, CancellationToken cancellationToken) => new(this);

    public void PublishRevocationHint() => RevocationHinted?.Invoke();

    public ValueTask DisposeAsync() => default;
}

/// <summary>The replicas that a test says there are.</summary>
public sealed class LocalReplicas : IReplicaDirectory
{
    public IReadOnlyList<Replica> Live { get; set; } = [];

    public Task<bool> AnnounceAsync(Replica replica, TimeSpan lease, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task WithdrawAsync(string replicaId, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<IReadOnlyList<Replica>> ListAsync(CancellationToken cancellationToken) => Task.FromResult(Live);
}
