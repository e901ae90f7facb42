using System.Text.Json;
using System.Text.Json.Nodes;

namespace Caas.Core.Events;

/// <summary>
/// What may leave the platform of an entry outside conversations. Such entries keep all that their projections are made of, hashes and sealed secrets too;
/// events get only what is named here, so that a field nobody thought of stays inside.
/// </summary>
internal static class EventRedaction
{
    /// <summary>The tenant's own data, told as it is.</summary>
    private static readonly HashSet<string> Whole = ["custom", "corsOrigins", "rateLimits", "scopes", "allowedIps"];

    private static readonly HashSet<string> Told =
    [
        .. Whole,
        "id", "name", "createdAt", "updatedAt", "deletedAt", "expiresAt",
        "settings", "maxTokenLifetimeSeconds", "editWindowSeconds",
        "keyId", "revokedAt", "previousUntil", "kid",
        "userId", "avatarUrl", "role", "deactivatedAt",
        "tokenId", "before", "until", "reason", "kind", "conversationId",
    ];

    public static JsonElement? Redact(JsonElement? data) =>
        data is { ValueKind: JsonValueKind.Object } told ? JsonSerializer.SerializeToElement(Copy(told), EventJsonContext.Default.JsonObject) : null;

    private static JsonObject Copy(JsonElement data)
    {
        var copy = new JsonObject();
        foreach (var property in data.EnumerateObject().Where(property => Told.Contains(property.Name)))
        {
            copy[property.Name] = property.Value.ValueKind switch
            {
                JsonValueKind.Object when !Whole.Contains(property.Name) => Copy(property.Value),
                JsonValueKind.Array when !Whole.Contains(property.Name) => new JsonArray([.. property.Value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Object ? Copy(item) : JsonNode.Parse(item.GetRawText()))]),
                _ => JsonNode.Parse(property.Value.GetRawText()),
            };
        }

        return copy;
    }
}
