using System.Collections.Concurrent;
using Caas.Realtime.Connections;

namespace Caas.Realtime.Delivery;

/// <summary>Tells connections to read for themselves what they missed; spread over 5 s, so that they do not all come at once, and once each.</summary>
internal sealed class ResyncSpreader(RealtimeMetrics metrics, TimeProvider clock)
{
    private static readonly TimeSpan Spread = TimeSpan.FromSeconds(5);

    /// <summary>What comes together is told once.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<RealtimeConnection, byte> _waiting = new();

    public void Add(RealtimeConnection connection, string reason)
    {
        if (_waiting.TryAdd(connection, 0))
        {
            _ = SendAsync(connection, reason);
        }
    }

    private async Task SendAsync(RealtimeConnection connection, string reason)
    {
        await Task.Delay(Least + (Random.Shared.NextDouble() * (Spread - Least)), clock);
        _waiting.TryRemove(connection, out _);
        connection.Send(nameof(IRealtimeClient.Resync), new Resync(reason));
        metrics.Resynced();
    }
}
