using System.Text.Json;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Json;

namespace Caas.Core.Receipts;

/// <summary>Tells every replica that cursors moved, after that is durable. Never blocks, never throws: who missed it reads the cursors.</summary>
public interface IReceiptBroadcaster
{
    void Broadcast(TenantId tenant, IReadOnlyList<ReceiptNews> news);
}

/// <summary>One member's cursors that moved, as they stand.</summary>
/// <param name="Conversation">Its id.</param>
/// <param name="ShowDelivered">Whether others may see how far the member has everything.</param>
/// <param name="ShowRead">Whether others may see how far the member has read.</param>
/// <param name="View">How the member sees the conversation is what changed, not its cursors.</param>
public sealed record ReceiptNews(string Conversation, string User, long Delivered, long Read, bool ShowDelivered, bool ShowRead, bool View = false);

/// <summary>What stands on a tenant's channel of receipts.</summary>
/// <param name="Origin">Who said it: a replica drops its own echo.</param>
public sealed record ReceiptBatch(string Origin, IReadOnlyList<ReceiptNews> News);

/// <summary>Broadcasts through the tenant's channel of receipts: what a process without connections of its own does. One publication for all that one write moved.</summary>
public sealed class ChannelReceiptBroadcaster(IConversationChannels channels, IdGenerator ids) : IReceiptBroadcaster
{
    /// <summary>Unique per process start.</summary>
    public string Origin { get; } = ids.Next();

    /// <summary>The channel: beside those of the tenant's conversations, under a name that no conversation can have.</summary>
    public static LogId ChannelOf(TenantId tenant) => new(tenant, "$receipts");

    public void Broadcast(TenantId tenant, IReadOnlyList<ReceiptNews> news) =>
        channels.Publish(ChannelOf(tenant), JsonSerializer.SerializeToUtf8Bytes(new ReceiptBatch(Origin, news), CoreJsonContext.Default.ReceiptBatch));

    /// <summary>Reads a payload of the channel; null when it is none.</summary>
    public static ReceiptBatch? TryParse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload.Span, CoreJsonContext.Default.ReceiptBatch) is { Origin: not null, News: not null } batch && batch.News.All(news => news is { Conversation: not null, User: not null }) ? batch : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
