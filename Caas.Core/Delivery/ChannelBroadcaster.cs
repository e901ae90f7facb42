using Caas.Core.Entries;

namespace Caas.Core.Delivery;

/// <summary>Broadcasts through the conversation's channel: what a process without connections of its own does.</summary>
public sealed class ChannelBroadcaster(IConversationChannels channels) : IEntryBroadcaster
{
    public void Broadcast(TenantId tenant, DeliveredEntry entry) => channels.Publish(new LogId(tenant, entry.Shown.ConversationId), entry.ToPayload());
}
