using System.Collections.Concurrent;
using Caas.Core.Delivery;

namespace Caas.Realtime.Delivery;

/// <summary>Follows one channel of each tenant that has a connection here. There are few tenants, and none is added by clients: a channel that was followed once stays.</summary>
/// <param name="failed">Told when a channel could not be followed; the next connection of the tenant tries again.</param>
internal sealed class TenantChannels(IConversationChannels channels, Func<TenantId, LogId> channelOf, Action<TenantId, ReadOnlyMemory<byte>> receive, Action<Exception, TenantId> failed)
{
    private readonly ConcurrentDictionary<TenantId, bool> _followed = [];

    /// <summary>Somebody of this tenant is connected here.</summary>
    public void Follow(TenantId tenant)
    {
        // Many come at once after a restart: only the first one subscribes.
        if (_followed.TryAdd(tenant, true))
        {
            _ = FollowAsync(tenant);
        }
    }

    private async Task FollowAsync(TenantId tenant)
    {
        try
        {
            // Kept for as long as the process lives.
            _ = await channels.SubscribeAsync(channelOf(tenant), payload => receive(tenant, payload), CancellationToken.None);
        }
#pragma warning disable CA1031 // Nobody waits for this: the next connection of the tenant tries again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _followed.TryRemove(tenant, out _);
            failed(exception, tenant);
        }
    }
}
