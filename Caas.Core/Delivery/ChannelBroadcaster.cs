using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Entries;

namespace Caas.Core.Delivery;

/// <summary>Broadcasts through the conversation's channel: what a process without connections of its own does. The payload is the entry's JSON, UTF-8.</summary>
public sealed class ChannelBroadcaster(IConversationChannels channels) : IEntryBroadcaster
{
    public void Broadcast(TenantId tenant, EntryResponse entry) =>
        channels.Publish(new LogId(tenant, entry.ConversationId), JsonSerializer.SerializeToUtf8Bytes(entry, CaasJsonContext.Default.EntryResponse));
}
