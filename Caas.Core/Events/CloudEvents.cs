using System.Globalization;
using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Presence;
using CloudNative.CloudEvents;
using CloudNative.CloudEvents.SystemTextJson;

namespace Caas.Core.Events;

/// <summary>
/// Writes CloudEvents 1.0 in their JSON format (structured mode). Extension attributes: <c>tenantid</c>, <c>seq</c> and <c>position</c> (in the tenant's feed); the latter
/// two are decimal strings, because an integer of CloudEvents has 32 bits.
/// </summary>
public static class CloudEvents
{
    private static readonly CloudEventAttribute TenantAttribute = CloudEventAttribute.CreateExtension("tenantid", CloudEventAttributeType.String);
    private static readonly CloudEventAttribute SeqAttribute = CloudEventAttribute.CreateExtension("seq", CloudEventAttributeType.String);
    private static readonly CloudEventAttribute PositionAttribute = CloudEventAttribute.CreateExtension("position", CloudEventAttributeType.String);
    private static readonly JsonEventFormatter Formatter = new(EventJsonContext.Default.Options, default);

    /// <summary>What CaaS adds to the standard's attributes.</summary>
    public static IReadOnlyList<CloudEventAttribute> Extensions { get; } = [TenantAttribute, SeqAttribute, PositionAttribute];

    /// <summary>An entry of a conversation.</summary>
    public static ReadOnlyMemory<byte> Write(LogId log, long position, EntryResponse entry) => Write(log, entry.Seq, position, entry.Type, entry.At, entry);

    /// <summary>An entry of a reserved log.</summary>
    public static ReadOnlyMemory<byte> Write(LogId log, long position, PlatformEventData entry) => Write(log, entry.Seq, position, entry.Type, entry.At, entry);

    /// <summary>A dead letter, as <c>internal.dlq</c> holds it. Its key is that of the record it is about.</summary>
    public static EventRecord Write(DeadLetter letter)
    {
        var data = new DeadLetterData(letter.Group, letter.Topic, letter.Key, letter.RecordId, letter.Reason, letter.At, letter.CloudEvent);
        var tenant = letter.Key.Split('/')[0];
        var cloudEvent = new CloudEvent(CloudEventsSpecVersion.V1_0, Extensions)
        {
            Id = $"{letter.Group}/{letter.Topic}/{letter.RecordId}",
            Source = SourceOf(tenant),
            Type = EventRouting.TypeOf("dead_letter"),
            Subject = letter.Group,
            Time = letter.At,
            DataContentType = "application/json",
            Data = data,
            [TenantAttribute] = tenant,
        };
        return new(Topics.DeadLetters, letter.Key, Formatter.EncodeStructuredModeMessage(cloudEvent, out _));
    }

    /// <summary>How a user is there, as everybody may know it; keyed by the user.</summary>
    public static EventRecord Write(PresenceRecord record, DateTimeOffset at)
    {
        var (tenant, user, state) = (record.Tenant.Value, record.User.Value, record.For(viewer: null));
        var cloudEvent = new CloudEvent(CloudEventsSpecVersion.V1_0, Extensions)
        {
            Id = $"{tenant}/$presence/{user}/{record.Version.ToString(CultureInfo.InvariantCulture)}",
            Source = SourceOf(tenant),
            Type = EventRouting.TypeOf(EventCatalog.PresenceChanged),
            Subject = user,
            Time = at,
            DataContentType = "application/json",
            Data = new PresenceEventData(user, state.Status, state.Text, state.LastSeenAt, record.Version),
            [TenantAttribute] = tenant,
        };
        return new(Topics.Presence, $"{tenant}/{user}", Formatter.EncodeStructuredModeMessage(cloudEvent, out _));
    }

    /// <summary>A notification. Its id is that of the entry, behind its user: the same each time that it is told.</summary>
    public static EventRecord Write(TenantId tenant, UserId user, NotificationResponse notification)
    {
        var cloudEvent = new CloudEvent(CloudEventsSpecVersion.V1_0, Extensions)
        {
            Id = $"{tenant}/$user/{user}/{notification.Id}/{notification.Seq.ToString(CultureInfo.InvariantCulture)}",
            Source = SourceOf(tenant.Value),
            Type = EventRouting.TypeOf("notification"),
            Subject = user.Value,
            Time = notification.UpdatedAt,
            DataContentType = "application/json",
            Data = notification,
            [TenantAttribute] = tenant.Value,
        };
        return new(Topics.Notifications, $"{tenant}/{user}", Formatter.EncodeStructuredModeMessage(cloudEvent, out _));
    }

    /// <summary>What a webhook is told to try it: an event that stands in no log.</summary>
    public static ReadOnlyMemory<byte> WritePing(TenantId tenant, string id, string webhook, DateTimeOffset at) => Formatter.EncodeStructuredModeMessage(
        new CloudEvent(CloudEventsSpecVersion.V1_0, Extensions)
        {
            Id = id,
            Source = SourceOf(tenant.Value),
            Type = EventRouting.TypeOf(Webhooks.WebhookDelivery.PingType),
            Subject = webhook,
            Time = at,
            DataContentType = "application/json",
            Data = new WebhookPingData(webhook),
            [TenantAttribute] = tenant.Value,
        },
        out _);

    /// <summary>What is told in the place of an event that cannot be made. Its id is another one's than that event's, which may be told later.</summary>
    public static ReadOnlyMemory<byte> WriteUnavailable(Feed.FeedItem item, string reason)
    {
        var entry = item.Entry;
        var data = new EventUnavailableData(entry.Log.Name, entry.Seq, entry.Type, entry.At, EventRouting.IdOf(entry.Log, entry.Seq), reason);
        return Write(entry.Log, entry.Seq, item.Position, EventCatalog.Unavailable, entry.At, data, $"{data.EventId}/unavailable");
    }

    /// <summary>The id of a CloudEvent; null: it is none.</summary>
    public static string? ReadId(ReadOnlyMemory<byte> cloudEvent)
    {
        try
        {
            using var document = JsonDocument.Parse(cloudEvent);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ReadOnlyMemory<byte> Write(LogId log, long seq, long position, string type, DateTimeOffset? at, object data, string? id = null) =>
        Formatter.EncodeStructuredModeMessage(
            new CloudEvent(CloudEventsSpecVersion.V1_0, Extensions)
            {
                Id = id ?? EventRouting.IdOf(log, seq),
                Source = SourceOf(log.Tenant.Value),
                Type = EventRouting.TypeOf(type),
                Subject = log.Name,
                Time = at,
                DataContentType = "application/json",
                Data = data,
                [TenantAttribute] = log.Tenant.Value,
                [SeqAttribute] = seq.ToString(CultureInfo.InvariantCulture),
                [PositionAttribute] = position.ToString(CultureInfo.InvariantCulture),
            },
            out _);

    private static Uri SourceOf(string tenant) => new($"/caas/tenants/{Uri.EscapeDataString(tenant)}", UriKind.Relative);
}
