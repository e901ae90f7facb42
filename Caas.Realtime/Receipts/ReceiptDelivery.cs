using Caas.Core.Delivery;
using Caas.Core.Receipts;
using Caas.Realtime.Connections;
using Caas.Realtime.Conversations;
using Caas.Realtime.Delivery;

namespace Caas.Realtime.Receipts;

/// <summary>
/// Brings receipts to this replica's connections: to those who watch the conversation what its member lets others see, to the member's own devices everything, and to those of them that do not
/// watch it how many are unread now. Told here at once, to the other replicas through their tenant's channel, which a replica follows from the first connection of the tenant on.
/// </summary>
internal sealed partial class ReceiptDelivery(
    ChannelReceiptBroadcaster broadcaster, IConversationChannels channels, ConversationWatchers watchers, ConversationUpdates updates, LocalConnections connections, RealtimeMetrics metrics, ILogger<ReceiptDelivery> logger)
    : IReceiptBroadcaster, IConnectionObserver
{
    private TenantChannels? _news;

    public void Broadcast(TenantId tenant, IReadOnlyList<ReceiptNews> news)
    {
        Deliver(tenant, news);
        broadcaster.Broadcast(tenant, news);
    }

    /// <summary>Somebody of this tenant is connected here.</summary>
    public void Joined(RealtimeConnection connection) => LazyInitializer.EnsureInitialized(ref _news, () => new(channels, ChannelReceiptBroadcaster.ChannelOf, Receive, LogNotFollowed)).Follow(connection.Tenant);

    private void Receive(TenantId tenant, ReadOnlyMemory<byte> payload)
    {
        if (ChannelReceiptBroadcaster.TryParse(payload) is not { } batch)
        {
            LogMalformed(tenant, payload.Length);
        }
        else if (batch.Origin != broadcaster.Origin)
        {
            Deliver(tenant, batch.News);
        }
    }

    private void Deliver(TenantId tenant, IReadOnlyList<ReceiptNews> news)
    {
        foreach (var one in news)
        {
            var (log, user) = (new LogId(tenant, one.Conversation), new UserId(one.User));
            if (one.View)
            {
                updates.Notice(log, user, everywhere: true);
                continue;
            }

            if (watchers.Find(log) is { } feed)
            {
                Tell(feed.Watchers(), user, one);
            }

            if (connections.OfUser(tenant, user).Any(connection => !connection.Watches.ContainsKey(log)))
            {
                updates.Notice(log, user);
            }
        }
    }

    private void Tell(IReadOnlyList<RealtimeConnection> watching, UserId user, ReceiptNews news)
    {
        var own = new Receipt(news.Conversation, news.User, news.Delivered, news.Read);
        var shown = own with { DeliveredSeq = news.ShowDelivered ? news.Delivered : null, ReadSeq = news.ShowRead ? news.Read : null };
        var toOwn = RealtimeConnection.Serialized(nameof(IRealtimeClient.Receipt), own);
        var toOthers = shown == own ? toOwn : RealtimeConnection.Serialized(nameof(IRealtimeClient.Receipt), shown);
        foreach (var connection in watching)
        {
            if (connection.User == user)
            {
                connection.Send(toOwn);
                metrics.ReceiptTold();
            }
            else if (!connection.Blocks.Between(news.User) && (shown.DeliveredSeq is not null || shown.ReadSeq is not null))
            {
                connection.Send(toOthers);
                metrics.ReceiptTold();
            }
        }
    }

    [LoggerMessage(3131, LogLevel.Warning, "Could not follow the receipts of tenant {Tenant}; its next connection tries again.")]
    private partial void LogNotFollowed(Exception exception, TenantId tenant);

    [LoggerMessage(3130, LogLevel.Warning, "Dropped a payload of {Bytes} bytes on the channel of receipts of tenant {Tenant}: it is none.")]
    private partial void LogMalformed(TenantId tenant, int bytes);
}
