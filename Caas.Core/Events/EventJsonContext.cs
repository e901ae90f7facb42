using System.Text.Json;
using System.Text.Json.Serialization;
using Caas.Contracts;

namespace Caas.Core.Events;

/// <summary>How the <c>data</c> of events is written: as <see cref="CaasJson"/> does everywhere.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, MaxDepth = 64)]
[JsonSerializable(typeof(EntryResponse))]
[JsonSerializable(typeof(PlatformEventData))]
[JsonSerializable(typeof(DeadLetterData))]
[JsonSerializable(typeof(PresenceEventData))]
[JsonSerializable(typeof(WebhookPingData))]
[JsonSerializable(typeof(EventUnavailableData))]
[JsonSerializable(typeof(NotificationResponse))]
internal sealed partial class EventJsonContext : JsonSerializerContext;
