using System.Text.Json;
using System.Text.Json.Serialization;

namespace Caas.Core.Webhooks;

/// <summary>Webhooks and deliveries as stores keep them: as JSON, beside what they are found by.</summary>
public static class WebhookJson
{
    public static string Write(Webhook webhook) => JsonSerializer.Serialize(webhook, WebhookJsonContext.Default.Webhook);

    public static Webhook ReadWebhook(TenantId tenant, string text) => JsonSerializer.Deserialize(text, WebhookJsonContext.Default.Webhook)! with { Tenant = tenant };

    public static string Write(WebhookDelivery delivery) => JsonSerializer.Serialize(delivery, WebhookJsonContext.Default.WebhookDelivery);

    public static WebhookDelivery ReadDelivery(string text) => JsonSerializer.Deserialize(text, WebhookJsonContext.Default.WebhookDelivery)!;
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Webhook))]
[JsonSerializable(typeof(WebhookDelivery))]
internal sealed partial class WebhookJsonContext : JsonSerializerContext;
