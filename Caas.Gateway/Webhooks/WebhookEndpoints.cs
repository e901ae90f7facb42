using Caas.Core.Webhooks;
using Caas.Gateway.Audit;
using Caas.Gateway.Callers;
using Caas.Gateway.Idempotency;
using Caas.Gateway.Problems;

namespace Caas.Gateway.Webhooks;

/// <summary><c>/v1/webhooks</c>; for the backend.</summary>
internal static class WebhookEndpoints
{
    public static void MapWebhooks(this IEndpointRouteBuilder v1)
    {
        var group = v1.MapGroup("/webhooks").WithTags("Webhooks").AllowCallers(CallerKinds.Backend, "webhooks");
        group.MapPost("/", CreateAsync).WithName("CreateWebhook").Audited("webhook.created").WithSummary("Create a webhook").WithDescription("From now on `url` is told what happens, signed as the Standard Webhooks specification says. `secret` is shown once.").IdempotentSecret("id").Refuses(Refusal.LimitReached);
        group.MapGet("/", ListAsync).WithName("ListWebhooks").WithSummary("List webhooks");

        var one = group.MapGroup("/{webhookId}").Refuses(Refusal.WebhookNotFound);
        one.MapGet("/", GetAsync).WithName("GetWebhook").WithSummary("Get a webhook");
        one.MapPatch("/", UpdateAsync).WithName("UpdateWebhook").Audited("webhook.changed").WithSummary("Change a webhook").WithDescription("Absent fields stay. `enabled` true sends again what waits since it was disabled.");
        one.MapDelete("/", DeleteAsync).WithName("DeleteWebhook").Audited("webhook.deleted").WithSummary("Delete a webhook");
        one.MapPost("/rotate-secret", RotateAsync).WithName("RotateWebhookSecret").Audited("webhook.secret_rotated").WithSummary("Give a webhook a new secret").WithDescription("For `graceSeconds` everything is signed with the one before too. `secret` is shown once.").IdempotentSecret("id");
        one.MapPost("/ping", PingAsync).WithName("PingWebhook").WithSummary("Try a webhook").WithDescription("Sends it an event `caas.webhook.ping`, once, and answers what came of it.").Idempotent();
        one.MapGet("/deliveries", ListDeliveriesAsync).WithName("ListWebhookDeliveries").WithSummary("List deliveries").WithDescription("What became of what it was told, the newest first.").Refuses(Refusal.InvalidCursor);
        one.MapGet("/deliveries/{deliveryId}", GetDeliveryAsync).WithName("GetWebhookDelivery").WithSummary("Get a delivery").WithDescription("With its body, as it would be sent now.").Refuses(Refusal.DeliveryNotFound);
        one.MapPost("/deliveries/{deliveryId}/redeliver", RedeliverAsync).WithName("RedeliverWebhookDelivery").WithSummary("Deliver once more").WithDescription("Now and once, whatever became of it, and answers what came of it.").Idempotent().Refuses(Refusal.DeliveryNotFound);
    }

    private static async Task<Created<CreatedWebhookResponse>> CreateAsync(CreateWebhookRequest request, Caller caller, WebhookService webhooks, CancellationToken cancellationToken)
    {
        var created = await webhooks.CreateAsync(caller, request, cancellationToken);
        return TypedResults.Created($"/v1/webhooks/{created.Id}", created);
    }

    private static async Task<Ok<Page<WebhookResponse>>> ListAsync(Caller caller, WebhookService webhooks, CancellationToken cancellationToken) =>
        TypedResults.Ok(await webhooks.ListAsync(caller, cancellationToken));

    private static async Task<Ok<WebhookResponse>> GetAsync(string webhookId, Caller caller, WebhookService webhooks, CancellationToken cancellationToken) =>
        TypedResults.Ok(await webhooks.GetAsync(caller, webhookId, cancellationToken));

    private static async Task<Ok<WebhookResponse>> UpdateAsync(string webhookId, UpdateWebhookRequest request, Caller caller, WebhookService webhooks, CancellationToken cancellationToken) =>
        TypedResults.Ok(await webhooks.UpdateAsync(caller, webhookId, request, cancellationToken));

    private static async Task<NoContent> DeleteAsync(string webhookId, Caller caller, WebhookService webhooks, CancellationToken cancellationToken)
    {
        await webhooks.DeleteAsync(caller, webhookId, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<CreatedWebhookResponse>> RotateAsync(string webhookId, RotateWebhookSecretRequest? request, Caller caller, WebhookService webhooks, CancellationToken cancellationToken) =>
        TypedResults.Ok(await webhooks.RotateSecretAsync(caller, webhookId, request ?? new(), cancellationToken));

    private static async Task<Ok<WebhookDeliveryResponse>> PingAsync(string webhookId, Caller caller, WebhookDeliveries deliveries, CancellationToken cancellationToken) =>
        TypedResults.Ok(await deliveries.PingAsync(caller, webhookId, cancellationToken));

    private static async Task<Ok<Page<WebhookDeliveryResponse>>> ListDeliveriesAsync(string webhookId, int? limit, string? cursor, Caller caller, WebhookDeliveries deliveries, CancellationToken cancellationToken) =>
        TypedResults.Ok(await deliveries.ListAsync(caller, webhookId, limit, cursor, cancellationToken));

    private static async Task<Ok<WebhookDeliveryResponse>> GetDeliveryAsync(string webhookId, string deliveryId, Caller caller, WebhookDeliveries deliveries, CancellationToken cancellationToken) =>
        TypedResults.Ok(await deliveries.GetAsync(caller, webhookId, deliveryId, cancellationToken));

    private static async Task<Ok<WebhookDeliveryResponse>> RedeliverAsync(string webhookId, string deliveryId, Caller caller, WebhookDeliveries deliveries, CancellationToken cancellationToken) =>
        TypedResults.Ok(await deliveries.RedeliverAsync(caller, webhookId, deliveryId, cancellationToken));
}
