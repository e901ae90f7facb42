using System.Text.Json;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Paging;

namespace Caas.Core.Webhooks;

/// <summary>What became of what webhooks were told, for the tenant's backend; and telling them by hand.</summary>
public sealed class WebhookDeliveries(IWebhookStore webhooks, IWebhookDeliveryStore deliveries, WebhookSender sender, Cursors cursors, IdGenerator ids, TimeProvider clock)
{
    private const string ListName = "webhook_deliveries";

    /// <summary>The newest first.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>webhook_not_found</c>, <c>validation_failed</c>, <c>invalid_cursor</c>.</exception>
    public async Task<Page<WebhookDeliveryResponse>> ListAsync(Caller caller, string webhookId, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.WebhooksRead);
        var count = PageLimit.Require(limit);
        var webhook = await RequireAsync(tenant, webhookId, cancellationToken);
        var list = ListScope.Of(tenant, ListName, webhook.Id);
        var before = (await cursors.DecodeAsync(list, cursor, 1, cancellationToken))?[0];
        var found = await deliveries.ListAsync(tenant, webhook.Id, before, count + 1, cancellationToken);
        return new([.. found.Take(count).Select(delivery => View(webhook, delivery))], found.Count > count ? await cursors.EncodeAsync(list, cancellationToken, found[count - 1].Place) : null);
    }

    /// <summary>One, with what it says.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>webhook_not_found</c>, <c>delivery_not_found</c>.</exception>
    public async Task<WebhookDeliveryResponse> GetAsync(Caller caller, string webhookId, string deliveryId, CancellationToken cancellationToken)
    {
        var (webhook, delivery) = await RequireAsync(caller.RequireBackend(Scopes.WebhooksRead), webhookId, deliveryId, cancellationToken);
        if (await sender.BodyAsync(webhook, delivery, cancellationToken) is not { } body)
        {
            return View(webhook, delivery);
        }

        return View(webhook, delivery) with { Request = Parse(body), RequestAsSent = delivery.Last is [{ RequestSha256: { } sent }, ..] ? sent == WebhookSender.DigestOf(body) : null };
    }

    /// <summary>Delivers it once more, now, whatever became of it. A success ends it, also where it waits for another attempt; a failure changes nothing but the record.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>webhook_not_found</c>, <c>delivery_not_found</c>, also where its event is gone.</exception>
    public async Task<WebhookDeliveryResponse> RedeliverAsync(Caller caller, string webhookId, string deliveryId, CancellationToken cancellationToken)
    {
        var (webhook, delivery) = await RequireAsync(caller.RequireBackend(Scopes.WebhooksWrite), webhookId, deliveryId, cancellationToken);
        var attempt = await SendAsync(webhook, delivery, cancellationToken);
        return View(webhook, await deliveries.ChangeAsync(webhook, delivery, standing => WebhookRetries.ByHand(standing, attempt), CancellationToken.None) ?? WebhookRetries.ByHand(delivery, attempt));
    }

    /// <summary>Tells it an event that is none, to see whether it hears; it is not tried again.</summary>
    /// <exception cref="RefusedException"><c>not_allowed</c>, <c>insufficient_scope</c>, <c>webhook_not_found</c>.</exception>
    public async Task<WebhookDeliveryResponse> PingAsync(Caller caller, string webhookId, CancellationToken cancellationToken)
    {
        var tenant = caller.RequireBackend(Scopes.WebhooksWrite);
        var webhook = await RequireAsync(tenant, webhookId, cancellationToken);

        // Stored only with what came of it: one whose process dies has not been heard of, which is no failure of the webhook's.
        var ping = new WebhookDelivery($"ping-{ids.Next()}", 0, "", WebhookDelivery.PingType, WebhookDeliveryState.Failed, DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()), null, null, 0, []);
        var ended = WebhookRetries.ByHand(ping, await SendAsync(webhook, ping, cancellationToken));
        await deliveries.AddAsync(tenant, webhook.Id, [ended], CancellationToken.None);
        return View(webhook, ended);
    }

    private async Task<WebhookAttempt> SendAsync(Webhook webhook, WebhookDelivery delivery, CancellationToken cancellationToken)
    {
        var body = await sender.BodyAsync(webhook, delivery, cancellationToken) ?? throw Refusal.DeliveryNotFound.With("The event of this delivery is gone.");
        return await sender.SendAsync(webhook, delivery, body, manual: true, cancellationToken);
    }

    private async Task<Webhook> RequireAsync(TenantId tenant, string id, CancellationToken cancellationToken) =>
        await webhooks.FindAsync(tenant, id, cancellationToken) ?? throw Refusal.WebhookNotFound.AsException();

    private async Task<(Webhook Webhook, WebhookDelivery Delivery)> RequireAsync(TenantId tenant, string webhookId, string deliveryId, CancellationToken cancellationToken)
    {
        var webhook = await RequireAsync(tenant, webhookId, cancellationToken);
        return (webhook, await deliveries.FindAsync(tenant, webhook.Id, deliveryId, cancellationToken) ?? throw Refusal.DeliveryNotFound.AsException());
    }

    private static WebhookDeliveryResponse View(Webhook webhook, WebhookDelivery delivery) =>
        new(delivery.Id, delivery.MessageId(webhook.Tenant), Events.EventRouting.TypeOf(delivery.Type), delivery.State, delivery.At, delivery.NextAt, delivery.Attempts, delivery.Last);

    private static JsonElement Parse(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }
}
