using Caas.Contracts;

namespace Caas.Core.Webhooks;

/// <summary>Tries to deliver to one webhook, one event each, and writes down what came of it.</summary>
internal sealed class WebhookAttempts(WebhookTools tools, Webhook webhook, TimeProvider clock)
{
    private readonly WebhookRetries _retries = new(tools.Options.Value, clock);

    /// <param name="slow">Whether the webhook is.</param>
    public async Task<WebhookTry> TryAsync(WebhookDelivery delivery, bool slow, CancellationToken cancellationToken)
    {
        using var place = await tools.Slots.TakeAsync(webhook.Tenant, slow, cancellationToken);
        var deliveries = tools.Stores.Deliveries;
        if (await deliveries.FindAsync(webhook.Tenant, webhook.Id, delivery.Id, cancellationToken) is not { } standing)
        {
            return new(delivery with { State = WebhookDeliveryState.Failed, NextAt = null }, null);
        }

        if (standing.State != WebhookDeliveryState.Pending)
        {
            return new(standing, null);
        }

        if (await tools.Sender.BodyAsync(webhook, standing, cancellationToken) is not { } body)
        {
            var none = new WebhookAttempt(DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds()), 0, null, "the event is gone", null, false);
            WebhookDelivery Failed(WebhookDelivery one) => one.State == WebhookDeliveryState.Pending ? one.Tried(none) with { State = WebhookDeliveryState.Failed, NextAt = null } : one.Tried(none);
            return new(await deliveries.ChangeAsync(webhook, standing, Failed, CancellationToken.None) ?? Failed(standing), null);
        }

        var attempt = await tools.Sender.SendAsync(webhook, standing, body, manual: false, cancellationToken);

        // Whoever is told has been told: what became of it is kept though this process is to stop.
        return new(await deliveries.ChangeAsync(webhook, standing, one => _retries.Next(one, attempt), CancellationToken.None) ?? _retries.Next(standing, attempt), attempt);
    }
}

/// <param name="Delivery">As it stands after it.</param>
/// <param name="Attempt">Null: none was made, for it had been delivered by hand, or its event or the record of it is gone.</param>
internal sealed record WebhookTry(WebhookDelivery Delivery, WebhookAttempt? Attempt);
