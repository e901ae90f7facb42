using System.Collections.Concurrent;
using Caas.Core.Delivery;

namespace Caas.Realtime.Delivery;

/// <summary>Follows one channel of each tenant that has a connection here. There are few tenants, and none is added by clients: a channel that was followed once stays.</summary>
/// <param name="failed">Told when a channel could not be followed; the next connection of the tenant tries again.</param>
internal sealed class TenantChannels(IConversationChannels channels, Func<TenantId, LogId> channelOf, Action<TenantId, ReadOnlyMemory<byte>> receive, Action<Exception, TenantId> failed)
{
    private readonly ConcurrentDictionary<TenantId, TaskCompletionSource> _followed = [];

    /// <summary>Somebody of this tenant is connected here.</summary>
    public void Follow(TenantId tenant) => _ = FollowAsync(tenant);

    /// <summary>The same; ends when the channel is followed, or could not be.</summary>
    public Task FollowAsync(TenantId tenant)
    {
        // Many come at once after a restart: only the first one subscribes.
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var followed = _followed.GetOrAdd(tenant, mine);
        if (followed == mine)
        {
            _ = SubscribeAsync(tenant, mine);
        }

        return followed.Task;
    }

    private async Task SubscribeAsync(TenantId tenant, TaskCompletionSource followed)
    {
        try
        {
            // Kept for as long as the process lives.
            _ = await channels.SubscribeAsync(channelOf(tenant), payload => receive(tenant, payload), CancellationToken.None);
        }
#pragma warning disable CA1031 // Nobody answers for this: the next connection of the tenant tries again.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _followed.TryRemove(tenant, out _);
            failed(exception, tenant);
        }

        followed.SetResult();
    }
}
