using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;
using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Events;
using Caas.Core.Flags;
using Caas.Core.Ids;
using Caas.Core.Json;

namespace Caas.Tests.Events;

/// <summary>
/// Writes the JSON Schema (draft 7) of each event from the types that the code writes it with. Fields that are not named are allowed: consumers must move on over new ones.
/// </summary>
internal static class EventSchemas
{
    public const string DeadLetter = "dead_letter";
    public const string Notification = "notification";

    private static readonly LogId Conversation = LogId.Of(new("tenant"), new ConversationId("conversation"));
    private static readonly LogId Tenant = LogId.OfTenant(new("tenant"));
    private static readonly LogId User = LogId.OfUser(new("tenant"), new("user"));
    private static readonly LogId Flags = FlagFolder.LogOf(new("tenant"), new("conversation"));

    /// <summary>What stands in <c>data.data</c>, by entry type; a type that is not here has nothing there.</summary>
    private static readonly Dictionary<string, JsonTypeInfo> Details = new()
    {
        [EntryTypes.ConversationCreated] = CoreJsonContext.Default.ConversationCreatedView,
        [EntryTypes.ConversationChanged] = CoreJsonContext.Default.ConversationChangedData,
        [EntryTypes.ConversationDeleted] = CoreJsonContext.Default.ConversationDeletedData,
        [EntryTypes.MemberAdded] = CoreJsonContext.Default.MembersAddedData,
        [EntryTypes.MemberRemoved] = CoreJsonContext.Default.MembersRemovedData,
        [EntryTypes.MemberChanged] = CoreJsonContext.Default.MemberChangedData,
        [EntryTypes.MessageEdited] = CoreJsonContext.Default.MessageChangedData,
        [EntryTypes.MessageDeleted] = CoreJsonContext.Default.MessageChangedData,
        [EntryTypes.MessagePreviewed] = CoreJsonContext.Default.MessageChangedData,
        [EntryTypes.MessagePinned] = CoreJsonContext.Default.MessageChangedData,
        [EntryTypes.MessageUnpinned] = CoreJsonContext.Default.MessageChangedData,
        [EntryTypes.ReactionAdded] = CoreJsonContext.Default.ReactionData,
        [EntryTypes.ReactionRemoved] = CoreJsonContext.Default.ReactionData,
        [EntryTypes.PollVoted] = CoreJsonContext.Default.PollVotedData,
        [EntryTypes.PollClosed] = CoreJsonContext.Default.MessageChangedData,
        [EntryTypes.CallStarted] = CoreJsonContext.Default.CallStartedData,
        [EntryTypes.CallEnded] = CoreJsonContext.Default.CallEndedData,
        [SystemEntryTypes.TenantCreated] = IdentityJsonContext.Default.TenantCreatedData,
        [SystemEntryTypes.TenantChanged] = IdentityJsonContext.Default.TenantChangedData,
        [SystemEntryTypes.TenantDeleted] = IdentityJsonContext.Default.TenantDeletedData,
        [SystemEntryTypes.ApiKeyCreated] = IdentityJsonContext.Default.ApiKeyCreatedData,
        [SystemEntryTypes.ApiKeyRotated] = IdentityJsonContext.Default.ApiKeyRotatedData,
        [SystemEntryTypes.ApiKeyRevoked] = IdentityJsonContext.Default.ApiKeyRevokedData,
        [SystemEntryTypes.TokenSecretCreated] = IdentityJsonContext.Default.TokenSecretCreatedData,
        [SystemEntryTypes.TokenSecretDeleted] = IdentityJsonContext.Default.TokenSecretDeletedData,
        [SystemEntryTypes.TokensRevoked] = IdentityJsonContext.Default.TokensRevokedData,
        [SystemEntryTypes.BlocklistChanged] = IdentityJsonContext.Default.BlocklistChangedData,
        [SystemEntryTypes.TurnServersChanged] = IdentityJsonContext.Default.TurnServersChangedData,
        [SystemEntryTypes.BeforeSendHookChanged] = IdentityJsonContext.Default.BeforeSendHookChangedData,
        [SystemEntryTypes.BeforeSendHookSecretRotated] = IdentityJsonContext.Default.BeforeSendHookSecretRotatedData,
        [SystemEntryTypes.BeforeSendHookDeleted] = IdentityJsonContext.Default.BeforeSendHookDeletedData,
        [SystemEntryTypes.AuditRecorded] = IdentityJsonContext.Default.AuditRecordedData,
        [SystemEntryTypes.WebhookCreated] = IdentityJsonContext.Default.WebhookCreatedData,
        [SystemEntryTypes.WebhookChanged] = IdentityJsonContext.Default.WebhookChangedData,
        [SystemEntryTypes.WebhookSecretRotated] = IdentityJsonContext.Default.WebhookSecretRotatedData,
        [SystemEntryTypes.WebhookDisabled] = IdentityJsonContext.Default.WebhookDisabledData,
        [SystemEntryTypes.WebhookDeleted] = IdentityJsonContext.Default.WebhookDeletedData,
        [SystemEntryTypes.UserCreated] = IdentityJsonContext.Default.UserProfileData,
        [SystemEntryTypes.UserChanged] = IdentityJsonContext.Default.UserChangedData,
        [SystemEntryTypes.UserDeactivated] = IdentityJsonContext.Default.UserDeactivatedData,
        [EntryTypes.UserErased] = CaasJsonContext.Default.ErasedUser,
        [SystemEntryTypes.UserErasing] = IdentityJsonContext.Default.UserErasingData,
        [SystemEntryTypes.UserReactivated] = IdentityJsonContext.Default.UserReactivatedData,
        [SystemEntryTypes.PrivacyChanged] = IdentityJsonContext.Default.PrivacyChangedData,
        [SystemEntryTypes.DeliveryAccountChanged] = IdentityJsonContext.Default.DeliveryAccountChangedData,
        [SystemEntryTypes.NotificationPreferencesChanged] = IdentityJsonContext.Default.NotificationPreferencesChangedData,
        [SystemEntryTypes.UserBlocked] = IdentityJsonContext.Default.BlockChangedData,
        [SystemEntryTypes.UserUnblocked] = IdentityJsonContext.Default.BlockChangedData,
        [SystemEntryTypes.UserBanned] = IdentityJsonContext.Default.BanChangedData,
        [SystemEntryTypes.UserUnbanned] = IdentityJsonContext.Default.BanChangedData,
        [SystemEntryTypes.FlagCreated] = IdentityJsonContext.Default.FlagCreatedData,
        [SystemEntryTypes.FlagResolved] = IdentityJsonContext.Default.FlagResolvedData,
    };

    /// <summary>Every event type with the log that it belongs to; a dead letter belongs to none.</summary>
    public static IReadOnlyList<(string EntryType, LogId? Log)> All { get; } =
    [
        .. EventCatalog.OfConversations.Select(type => (type, (LogId?)Conversation)),
        .. EventCatalog.OfTenants.Select(type => (type, (LogId?)Tenant)),
        .. EventCatalog.OfUsers.Select(type => (type, (LogId?)User)),
        .. EventCatalog.OfFlags.Select(type => (type, (LogId?)Flags)),
        (DeadLetter, null),
        (EventCatalog.PresenceChanged, null),
        (Notification, null),
        (EventCatalog.Unavailable, null),
    ];

    public static string PathOf(string entryType) => $"init/kafka/schemas/{EventRouting.TypeOf(entryType)}.json";

    public static IReadOnlyList<string> TopicsOf(string entryType, LogId? log) =>
        log is { } known ? EventRouting.TopicsOf(known, entryType) : entryType switch { DeadLetter => [Topics.DeadLetters], Notification => [Topics.Notifications], EventCatalog.Unavailable => [], _ => [Topics.Presence] };

    public static string KeyOf(string entryType, LogId? log) => log switch
    {
        { IsConversation: true } => "tenant/conversation",
        null => entryType == EventCatalog.Unavailable ? "none" : entryType == DeadLetter ? "as the record it is about" : "tenant/user",
        _ => "tenant",
    };

    public static JsonObject Write(string entryType, LogId? log)
    {
        var type = EventRouting.TypeOf(entryType);
        var properties = new JsonObject
        {
            ["specversion"] = Enumeration("1.0"),
            ["id"] = Text(entryType == EventCatalog.PresenceChanged ? "{tenant}/$presence/{user}/{version}" : entryType == Notification ? "{tenant}/$user/{user}/{notification}/{seq}: the same every time it is sent" : entryType == EventCatalog.Unavailable ? "{tenant}/{log}/{seq}/unavailable" : log is null ? "{group}/{topic}/{id of the event}" : "{tenant}/{log}/{seq}: the same every time the event is sent"),
            ["source"] = Text("/caas/tenants/{tenant}"),
            ["type"] = Enumeration(type),
            ["subject"] = Text(entryType is EventCatalog.PresenceChanged or Notification ? "The user" : log is null && entryType != EventCatalog.Unavailable ? "The consumer group that gave up" : "The log: a conversation's id, $tenant, or $user/{id}"),
            ["time"] = new JsonObject { ["type"] = "string", ["format"] = "date-time" },
            ["datacontenttype"] = Enumeration("application/json"),
            ["tenantid"] = Text("The tenant"),
        };
        string[] required = ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "tenantid", "data"];
        if (log is not null || entryType == EventCatalog.Unavailable)
        {
            properties["seq"] = Number("The entry's place in its log; a decimal string, because integers of CloudEvents have 32 bits");
            properties["position"] = Number("The entry's place in its tenant's feed");
            required = [.. required, "seq", "position"];
        }

        properties["data"] = Data(entryType, log);
        return new JsonObject
        {
            ["$schema"] = "http://json-schema.org/draft-07/schema#",
            ["title"] = type,
            ["description"] = entryType == EventCatalog.Unavailable ? "In the event log and to webhooks, in the place of an event that cannot be made; on no topic." : $"On {string.Join(", ", TopicsOf(entryType, log))}; key: {KeyOf(entryType, log)}.",
            ["type"] = "object",
            ["required"] = new JsonArray([.. required.Select(name => (JsonNode)name)]),
            ["properties"] = properties,
        };
    }

    private static JsonObject Data(string entryType, LogId? log)
    {
        if (log is not { } known)
        {
            return Export(Strict(entryType switch { DeadLetter => typeof(DeadLetterData), Notification => typeof(NotificationResponse), EventCatalog.Unavailable => typeof(EventUnavailableData), _ => typeof(PresenceEventData) }), "#/properties/data");
        }

        var data = Export(Strict(known.IsConversation ? typeof(EntryResponse) : typeof(PlatformEventData)), "#/properties/data");
        var properties = data["properties"]!.AsObject();
        properties["type"] = Enumeration(entryType);
        properties["at"] = new JsonObject { ["type"] = "string", ["format"] = "date-time" };
        properties["data"] = Details.TryGetValue(entryType, out var details)
            ? Export(details, "#/properties/data/properties/data")
            : new JsonObject { ["type"] = "null" };
        if (EventCatalog.OfUsers.Contains(entryType) && entryType != SystemEntryTypes.UserErasing)
        {
            // Of a user who was erased meanwhile nothing is told.
            properties["data"]!["type"] = new JsonArray("object", "null");
        }

        if (entryType == EntryTypes.MessageCreated)
        {
            properties["message"]!["type"] = "object";
            data["required"]!.AsArray().Add("message");
        }

        if (known.IsConversation && !entryType.StartsWith("message.", StringComparison.Ordinal) && !entryType.StartsWith("reaction.", StringComparison.Ordinal) && !entryType.StartsWith("poll.", StringComparison.Ordinal))
        {
            properties["message"] = new JsonObject { ["type"] = "null" };
        }

        if (known.IsConversation && entryType is not (EntryTypes.MessageCreated or EntryTypes.MessageDeleted))
        {
            properties["root"] = new JsonObject { ["type"] = "null" };
        }

        return data;
    }

    private static JsonObject Export(JsonTypeInfo type, string place) => (JsonObject)Relocate(type.GetJsonSchemaAsNode(new() { TreatNullObliviousAsNonNullable = true }), place)!;

    private static JsonTypeInfo Strict(Type type)
    {
        // Of what a converter of ours writes the exporter knows nothing; times are written as the framework writes them.
        var options = new JsonSerializerOptions(CaasJson.Options) { TypeInfoResolver = new DefaultJsonTypeInfoResolver() };
        foreach (var times in options.Converters.Where(converter => converter.CanConvert(typeof(DateTimeOffset))).ToArray())
        {
            options.Converters.Remove(times);
        }

        return options.GetTypeInfo(type);
    }

    /// <summary>References are counted from where the schema stands now; "anything" is an empty schema, which every validator knows; what is secret is never told.</summary>
    private static JsonNode? Relocate(JsonNode? node, string place)
    {
        switch (node)
        {
            case JsonObject number when number["type"] is JsonArray types && types.Any(type => type!.GetValue<string>() == "integer") && number.ContainsKey("pattern"):
                // Read also from strings, but never written as one.
                return new JsonObject { ["type"] = new JsonArray([.. types.Where(type => type!.GetValue<string>() != "string").Select(type => type!.DeepClone())]) };
            case JsonObject schema:
                var copy = new JsonObject();
                foreach (var (name, value) in schema.Where(property => property.Key is not ("secret" or "default")))
                {
                    copy[name] = name switch
                    {
                        "$ref" => place + value!.GetValue<string>()[1..],
                        "required" => Required(value!.AsArray(), schema["properties"]!.AsObject()),
                        _ => Relocate(value, place),
                    };
                }

                return copy;
            case JsonArray items:
                return new JsonArray([.. items.Select(item => Relocate(item, place))]);
            default:
                return node is JsonValue anything && anything.GetValueKind() == JsonValueKind.True ? new JsonObject() : node?.DeepClone();
        }
    }

    /// <summary>What may be null may be absent.</summary>
    private static JsonArray Required(JsonArray names, JsonObject properties) =>
        new([.. names.Where(name => name!.GetValue<string>() != "secret" && properties[name.GetValue<string>()] is JsonObject schema && !MayBeNull(schema)).Select(name => name!.DeepClone())]);

    private static bool MayBeNull(JsonObject schema) => schema["type"] is JsonArray types && types.Any(type => type!.GetValue<string>() == "null");

    private static JsonObject Enumeration(string value) => new() { ["enum"] = new JsonArray(value) };

    private static JsonObject Text(string description) => new() { ["type"] = "string", ["minLength"] = 1, ["description"] = description };

    private static JsonObject Number(string description) => new() { ["type"] = "string", ["pattern"] = "^[1-9][0-9]*$", ["description"] = description };
}
