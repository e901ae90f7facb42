using Caas.Core.Events;
using Xunit;

namespace Caas.Tests.Events;

/// <summary>A consumer of the bus, as a host runs it, until it is disposed.</summary>
internal sealed class Consuming : IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly Task _running;

    public Consuming(IEventBus bus, string group, IReadOnlyCollection<string> topics, Func<EventRecord, CancellationToken, Task> handler) => _running = bus.ConsumeAsync(group, topics, handler, _stop.Token);

    /// <summary>As a host that stops.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(Bound, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}
