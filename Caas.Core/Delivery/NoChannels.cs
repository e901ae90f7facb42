using Caas.Core.Entries;

namespace Caas.Core.Delivery;

/// <summary>One process alone: a backplane to nobody.</summary>
public sealed class NoChannels : IConversationChannels, IAsyncDisposable
{
    public event Action? Reconnected
    {
        add { }
        remove { }
    }

    public event Action? RevocationHinted
    {
        add { }
        remove { }
    }

    public bool IsConnected => true;

    public void Publish(LogId log, ReadOnlyMemory<byte> payload)
    {
    }

    public void PublishRevocationHint()
    {
    }

    public ValueTask<IAsyncDisposable> SubscribeAsync(LogId log, Action<ReadOnlyMemory<byte>> receive, CancellationToken cancellationToken) => ValueTask.FromResult<IAsyncDisposable>(this);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
