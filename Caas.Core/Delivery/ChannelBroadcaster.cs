using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Caas.Contracts;
using Caas.Core.Entries;

namespace Caas.Core.Delivery;

/// <summary>Broadcasts through the conversation's channel: what a process without connections of its own does. The payload is the entry's JSON, UTF-8.</summary>
public sealed class ChannelBroadcaster(IConversationChannels channels) : IEntryBroadcaster
{
    private static readonly JsonTypeInfo<EntryResponse> EntryJson = (JsonTypeInfo<EntryResponse>)CaasJson.Options.GetTypeInfo(typeof(EntryResponse));

    public void Broadcast(TenantId tenant, EntryResponse entry) =>
        channels.Publish(new LogId(tenant, entry.ConversationId), JsonSerializer.SerializeToUtf8Bytes(entry, EntryJson));
}
