namespace Caas.Core.Webhooks;

/// <summary>
/// Writes down what became of deliveries, whoever else does so at the same time: a worker, another one that does not know yet that it was replaced, a call that delivers by hand. Nobody's attempt
/// is lost, and what has ended does not begin again.
/// </summary>
internal static class WebhookRecord
{
    /// <param name="seen">What the attempt was made of.</param>
    /// <param name="change">Makes of the delivery, as it stands when it is written, what it is after the attempt: its next rev.</param>
    /// <returns>What is stored now; null: it is not kept any more.</returns>
    public static async Task<WebhookDelivery?> ChangeAsync(this IWebhookDeliveryStore deliveries, Webhook webhook, WebhookDelivery seen, Func<WebhookDelivery, WebhookDelivery> change, CancellationToken cancellationToken)
    {
        for (WebhookDelivery? standing = seen; standing is not null; standing = await deliveries.FindAsync(webhook.Tenant, webhook.Id, seen.Id, cancellationToken))
        {
            var changed = change(standing);
            if (await deliveries.TryUpdateAsync(webhook.Tenant, webhook.Id, changed, cancellationToken))
            {
                return changed;
            }
        }

        return null;
    }
}
