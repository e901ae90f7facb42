using Caas.Core.Delivery;

namespace Caas.Realtime.Delivery;

/// <summary>Tells this replica's own watchers at once, then the others through the conversation's channel; the echo is dropped by its seq.</summary>
internal sealed partial class LocalBroadcaster(ConversationWatchers watchers, IConversationChannels channels, ILogger<LocalBroadcaster> logger) : IEntryBroadcaster
{
    public void Broadcast(TenantId tenant, DeliveredEntry entry)
    {
        var log = new LogId(tenant, entry.Shown.ConversationId);
        try
        {
            var live = LiveEntry.From(entry);
            watchers.Find(log)?.Offer(live);
            channels.Publish(log, live.Payload);
        }
#pragma warning disable CA1031 // A failed broadcast does not fail a durable entry: the reconcilers deliver it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LogFailed(exception, log, entry.Shown.Seq);
        }
    }

    [LoggerMessage(3105, LogLevel.Error, "Could not broadcast {Seq} of {Log}.")]
    private partial void LogFailed(Exception exception, LogId log, long seq);
}
