using Caas.Contracts;
using static Caas.Client.RestCaller;

namespace Caas.Client;

/// <summary>Places that are told what happens; for the backend.</summary>
public sealed class WebhooksApi
{
    private const string BeforeSend = "/v1/tenant/before-send-hook";

    private readonly RestCaller _caller;

    internal WebhooksApi(RestCaller caller) => _caller = caller;

    /// <returns>With its secret, which is shown once.</returns>
    public Task<CreatedWebhookResponse> CreateAsync(CreateWebhookRequest request, string? idempotencyKey = null, CancellationToken cancellationToken = default) => _caller.PostAsync<CreatedWebhookResponse>("/v1/webhooks", request, idempotencyKey, cancellationToken);

    public async Task<IReadOnlyList<WebhookResponse>> ListAsync(CancellationToken cancellationToken = default) => (await _caller.GetAsync<Page<WebhookResponse>>("/v1/webhooks", cancellationToken)).Items;

    /// <exception cref="CaasException"><c>webhook_not_found</c>.</exception>
    public Task<WebhookResponse> GetAsync(string webhookId, CancellationToken cancellationToken = default) => _caller.GetAsync<WebhookResponse>(Path($"/v1/webhooks/{webhookId}"), cancellationToken);

    public Task<WebhookResponse> UpdateAsync(string webhookId, UpdateWebhookRequest request, CancellationToken cancellationToken = default) => _caller.PatchAsync<WebhookResponse>(Path($"/v1/webhooks/{webhookId}"), request, null, cancellationToken);

    public Task DeleteAsync(string webhookId, CancellationToken cancellationToken = default) => _caller.DeleteAsync(Path($"/v1/webhooks/{webhookId}"), cancellationToken);

    /// <summary>For a while everything is signed with the secret before too.</summary>
    public Task<CreatedWebhookResponse> RotateSecretAsync(string webhookId, RotateWebhookSecretRequest? request = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<CreatedWebhookResponse>(Path($"/v1/webhooks/{webhookId}/rotate-secret"), request ?? new(), idempotencyKey, cancellationToken);

    /// <summary>Sends a test, once; the answer says what came of it.</summary>
    public Task<WebhookDeliveryResponse> PingAsync(string webhookId, CancellationToken cancellationToken = default) => _caller.PostAsync<WebhookDeliveryResponse>(Path($"/v1/webhooks/{webhookId}/ping"), null, null, cancellationToken);

    /// <summary>What became of what it was told, the newest first, page by page as it is asked for.</summary>
    public IAsyncEnumerable<WebhookDeliveryResponse> ListDeliveriesAsync(string webhookId, CancellationToken cancellationToken = default) => _caller.ListAsync<WebhookDeliveryResponse>(Path($"/v1/webhooks/{webhookId}/deliveries"), cancellationToken);

    /// <summary>One, with its body as it would be sent now.</summary>
    /// <exception cref="CaasException"><c>webhook_not_found</c>, <c>delivery_not_found</c>.</exception>
    public Task<WebhookDeliveryResponse> GetDeliveryAsync(string webhookId, string deliveryId, CancellationToken cancellationToken = default) =>
        _caller.GetAsync<WebhookDeliveryResponse>(Path($"/v1/webhooks/{webhookId}/deliveries/{deliveryId}"), cancellationToken);

    /// <summary>Delivers once more, now; the answer says what came of it.</summary>
    public Task<WebhookDeliveryResponse> RedeliverAsync(string webhookId, string deliveryId, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<WebhookDeliveryResponse>(Path($"/v1/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver"), null, null, cancellationToken);

    /// <summary>The place that is asked before users' messages are stored, without its secret.</summary>
    /// <exception cref="CaasException"><c>before_send_hook_not_found</c>.</exception>
    public Task<BeforeSendHookResponse> GetBeforeSendHookAsync(CancellationToken cancellationToken = default) => _caller.GetAsync<BeforeSendHookResponse>(BeforeSend, cancellationToken);

    /// <summary>Sets it, or sets it otherwise. <c>Secret</c> is in the answer of the call that first sets it.</summary>
    public Task<BeforeSendHookResponse> PutBeforeSendHookAsync(PutBeforeSendHookRequest request, CancellationToken cancellationToken = default) => _caller.PutAsync<BeforeSendHookResponse>(BeforeSend, request, cancellationToken);

    /// <summary>Nobody is asked any more.</summary>
    public Task DeleteBeforeSendHookAsync(CancellationToken cancellationToken = default) => _caller.DeleteAsync(BeforeSend, cancellationToken);

    /// <summary>Gives it a new secret; for a while everything is signed with the one before too.</summary>
    public Task<BeforeSendHookResponse> RotateBeforeSendHookSecretAsync(RotateBeforeSendSecretRequest? request = null, string? idempotencyKey = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<BeforeSendHookResponse>($"{BeforeSend}/rotate-secret", request ?? new(), idempotencyKey, cancellationToken);

    /// <summary>Asks it about a message that nobody sends.</summary>
    public Task<BeforeSendPingResponse> PingBeforeSendHookAsync(PingBeforeSendHookRequest? request = null, CancellationToken cancellationToken = default) =>
        _caller.PostAsync<BeforeSendPingResponse>($"{BeforeSend}/ping", request ?? new(), null, cancellationToken);
}
