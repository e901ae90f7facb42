using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Ids;

namespace Caas.Bench.Broken;

/// <summary>Swaps neighbours: of two entries that come to one conversation within a tenth of a second, each is delivered at the place of the other.</summary>
internal sealed class CarelessBroadcaster(IEntryBroadcaster inner) : IEntryBroadcaster
{
    private static readonly TimeSpan Wait = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<LogId, DeliveredEntry> _held = [];

    public void Broadcast(TenantId tenant, DeliveredEntry entry)
    {
        var log = new LogId(tenant, entry.Shown.ConversationId);
        DeliveredEntry? held;
        lock (_gate)
        {
            if (!_held.Remove(log, out held))
            {
                _held.Add(log, entry);
                _ = ReleaseLaterAsync(tenant, log, entry);
                return;
            }
        }

        inner.Broadcast(tenant, At(entry, held.Shown.Seq));
        inner.Broadcast(tenant, At(held, entry.Shown.Seq));
    }

    private async Task ReleaseLaterAsync(TenantId tenant, LogId log, DeliveredEntry entry)
    {
        await Task.Delay(Wait);
        lock (_gate)
        {
            if (!_held.TryGetValue(log, out var held) || held != entry)
            {
                return;
            }

            _held.Remove(log);
        }

        inner.Broadcast(tenant, entry);
    }

    private static DeliveredEntry At(DeliveredEntry delivered, long seq)
    {
        var entry = delivered.Shown;
        return delivered with { Shown = entry with { Seq = seq, Message = entry.Message is { } message ? message with { Seq = seq } : null } };
    }
}
