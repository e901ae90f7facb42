using Xunit;

namespace Caas.Tests.Realtime;

/// <summary>Tests that act on one replica and observe on the other, and in which no service may log an error.</summary>
public abstract class TwoReplicas : IAsyncLifetime
{
    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private protected Replicas Replicas { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Replicas = await Replicas.StartAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Assert.Empty(Replicas.Errors);
        await Replicas.DisposeAsync();
    }
}
