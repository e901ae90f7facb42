using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Delivery;
using Caas.Core.Entries;
using Caas.Core.Json;

namespace Caas.Core.Notifications;

/// <summary>What stands on a tenant's channel of notifications.</summary>
public sealed record NotificationBatch(IReadOnlyList<ToldNotification> Items);

/// <param name="Notification">Null: nothing new is told.</param>
/// <param name="Withdrawn">One of which something is gone.</param>
public sealed record ToldNotification(string User, NotificationResponse? Notification, long? Unread, NotificationWithdrawn? Withdrawn = null);

/// <summary>
/// Tells connected devices, through the tenant's channel, which every replica follows that the tenant's users are connected to. What is not heard is read: the inbox has it.
/// </summary>
public sealed class NotificationNews(IConversationChannels channels)
{
    private const int AtOnce = 100;

    /// <summary>The channel: beside those of the tenant's conversations, under a name that no conversation can have.</summary>
    public static LogId ChannelOf(TenantId tenant) => new(tenant, "$notifications");

    public void Tell(TenantId tenant, IEnumerable<ToldNotification> items)
    {
        foreach (var some in items.Chunk(AtOnce))
        {
            channels.Publish(ChannelOf(tenant), JsonSerializer.SerializeToUtf8Bytes(new NotificationBatch(some), CoreJsonContext.Default.NotificationBatch));
        }
    }

    public void TellUnread(TenantId tenant, UserId user, long unread) => Tell(tenant, [new(user.Value, null, unread)]);

    /// <summary>Reads a payload of the channel; null when it is none.</summary>
    public static NotificationBatch? TryParse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize(payload.Span, CoreJsonContext.Default.NotificationBatch) is { Items: { } items } batch && items.All(item => PublicId.IsValid(item.User)) ? batch : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
